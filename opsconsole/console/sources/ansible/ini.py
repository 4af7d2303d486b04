"""Inventories in INI: `[group]`, `[group:children]`, `[group:vars]`, and a host with variables a line."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from opsconsole.console.sources.ansible.ranges import RangeError, expand, split_port
from opsconsole.console.sources.ansible.tree import UNGROUPED, Tree, Variables
from opsconsole.console.sources.origin import Located, Origin
from opsconsole.console.sources.problem import Problem, show

_HEADER = re.compile(r"\[([^\[\]:]+)(?::([a-z]+))?\]\s*(?:[#;].*)?")
SECTION_KINDS = ("children", "vars")


def read_ini(file: Path, text: str, tree: Tree) -> None:
    """Add what an inventory says to the tree; lines that cannot be read are problems."""
    reader = _IniReader(file, tree)
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and stripped[0] not in "#;":
            reader.line(stripped, Origin(file, number))


class _IniReader:
    """Reads one file line by line."""

    def __init__(self, file: Path, tree: Tree) -> None:
        self._file = file
        self._tree = tree
        self._group = UNGROUPED
        self._kind = ""

    def line(self, line: str, origin: Origin) -> None:
        """Read a line that is neither empty nor a comment."""
        if line.startswith("[") and (header := _HEADER.fullmatch(line)):
            self._header(header, origin)
        elif self._kind == "vars":
            self._variable(line, origin)
        elif self._kind == "children":
            child = line.split("#", maxsplit=1)[0].strip()
            self._tree.group(self._group).children[child] = None
            self._tree.group(child)
        else:
            self._host(line, origin)

    def _header(self, header: re.Match[str], origin: Origin) -> None:
        self._group, self._kind = header[1].strip(), header[2] or ""
        self._tree.group(self._group)
        if self._kind and self._kind not in SECTION_KINDS:
            self._problem(
                origin, f"[{self._group}:{self._kind}]", "[GROUP], [GROUP:children] or [GROUP:vars]"
            )

    def _variable(self, line: str, origin: Origin) -> None:
        name, equals, value = line.partition("=")
        if not equals:
            self._problem(origin, show(line), "NAME=VALUE")
            return
        self._tree.group(self._group).variables[name.strip()] = Located(_unquoted(value.strip()), origin)

    def _host(self, line: str, origin: Origin) -> None:
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            self._problem(origin, f"{show(line)}: {str(error).lower()}", "a host and NAME=VALUE pairs")
            return
        if not words:
            return
        variables: Variables = {}
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if not equals:
                self._problem(origin, show(word), "NAME=VALUE after the host's name")
                return
            variables[name] = Located(value, origin)
        self._add(words[0], variables, origin)

    def _add(self, pattern: str, variables: Variables, origin: Origin) -> None:
        pattern, port = split_port(pattern)
        try:
            names = expand(pattern)
        except RangeError as error:
            self._problem(origin, str(error), "")
            return
        if any("[" in name or "]" in name for name in names):
            self._problem(origin, show(pattern), "a host such as web1 or web[01:10], or a [GROUP]")
            return
        for name in names:
            self._tree.add_host(name, self._group, origin, variables, port)

    def _problem(self, origin: Origin, found: str, expected: str) -> None:
        self._tree.problems.append(Problem.at(origin, "", f"not an Ansible inventory: {found}", expected))


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
