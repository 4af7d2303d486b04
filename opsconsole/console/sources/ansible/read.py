"""Reading Ansible inventories: files, folders of files, and the group_vars and host_vars beside them.

Nothing is run: a program that prints an inventory, or the configuration of a plug-in, is refused with a
word on how to save what it prints.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from opsconsole.console.sources.ansible.groups import GroupOrder
from opsconsole.console.sources.ansible.hosts import AnsibleHost, AnsibleHosts
from opsconsole.console.sources.ansible.ini import read_ini
from opsconsole.console.sources.ansible.meaning import USED, Meaning, NotOverSshError
from opsconsole.console.sources.ansible.tree import Tree, Variables
from opsconsole.console.sources.ansible.yaml_inventory import VAULT_HEADER, read_variables, read_yaml
from opsconsole.console.sources.problem import Problem

SIZE_LIMIT_BYTES = 64 * 1024 * 1024
YAML_SUFFIXES = (".yml", ".yaml", ".json")
# Ansible's INVENTORY_IGNORE_EXTS, and what editors leave behind.
IGNORED_SUFFIXES = (
    ".pyc",
    ".pyo",
    ".swp",
    ".bak",
    "~",
    ".rpm",
    ".md",
    ".txt",
    ".rst",
    ".orig",
    ".cfg",
    ".retry",
)
VARIABLE_FOLDERS = ("group_vars", "host_vars")


def read_ansible(paths: Sequence[Path]) -> AnsibleHosts:
    """Return the hosts of inventories; a later one adds to the earlier ones. Never raises."""
    tree = Tree()
    folders: dict[Path, None] = {}
    for path in paths:
        for file in _files(path, tree):
            folders[file.parent] = None
            _read_file(file, tree)
    order = GroupOrder(tree)
    meaning = Meaning()
    files = _VariableFiles(list(folders), tree)
    hosts: dict[str, AnsibleHost] = {}
    for name, own in tree.hosts.items():
        groups = order.groups_of(name)
        said: Variables = {}
        for group in reversed(groups):
            said |= tree.groups[group].variables
        for group in reversed(groups):
            said |= files.variables("group_vars", group)
        said |= own
        said |= files.variables("host_vars", name)
        try:
            fields = meaning.fields({key: said[key] for key in USED if key in said})
        except NotOverSshError as error:
            if name != "localhost":
                text = f"{name} is left out: it is reached by {error}, not by SSH"
                meaning.warnings.setdefault(f"{tree.named_at[name]}: {text}")
            continue
        shown = tuple(group for group in groups if group not in {"all", "ungrouped"})
        hosts[name] = AnsibleHost(name, tree.named_at[name], fields, shown)
    problems = (*tree.problems, *meaning.problems.values())
    return AnsibleHosts(hosts, problems, (*tree.warnings, *order.warnings, *meaning.warnings))


def _files(path: Path, tree: Tree) -> Iterator[Path]:
    """Yield the inventory files of a path: itself, or those of the folder in the order of their names."""
    # os.path says no where pathlib raises, in a folder that may not be entered; reading then tells why.
    if not os.path.isdir(path):
        yield path
        return
    try:
        found = sorted(path.iterdir())
    except OSError as error:
        tree.problems.append(Problem(path, None, "", f"cannot be read: {error.strerror}"))
        return
    for file in found:
        hidden = file.name.startswith(".") or file.name in VARIABLE_FOLDERS
        if hidden or file.name.endswith(IGNORED_SUFFIXES):
            continue
        if os.path.isdir(file):
            yield from _files(file, tree)
        else:
            yield file


def _read_file(file: Path, tree: Tree) -> None:
    text = _text(file, tree)
    if text is None:
        return
    if text.startswith(VAULT_HEADER):
        tree.problems.append(
            Problem(file, 1, "", "encrypted by ansible-vault, which is not opened", "an inventory in clear")
        )
    elif text.startswith("#!") and os.access(file, os.X_OK):
        hint = f"save what it prints: ansible-inventory -i {file.name} --list --yaml --output FILE"
        tree.problems.append(Problem(file, 1, "", "a program, which is not run", "an inventory file", hint))
    elif file.suffix in YAML_SUFFIXES or _looks_like_yaml(text):
        read_yaml(file, text, tree)
    else:
        read_ini(file, text, tree)


def _looks_like_yaml(text: str) -> bool:
    for line in text.splitlines():
        stripped = line.strip()
        if stripped and not stripped.startswith(("#", ";")):
            return stripped == "---" or (
                stripped.endswith(":") and "[" not in stripped and "=" not in stripped
            )
    return False


def _text(file: Path, tree: Tree) -> str | None:
    try:
        with file.open("rb") as stream:
            raw = stream.read(SIZE_LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        tree.problems.append(Problem(file, None, "", f"cannot be read: {reason}"))
        return None
    if len(raw) > SIZE_LIMIT_BYTES:
        tree.problems.append(Problem(file, None, "", f"more than {SIZE_LIMIT_BYTES // 1024**2} MiB"))
        return None
    return raw.decode("utf-8-sig", "replace")


class _VariableFiles:
    """The files of group_vars and host_vars beside the inventories, each read once."""

    def __init__(self, folders: Sequence[Path], tree: Tree) -> None:
        self._tree = tree
        self._known: dict[tuple[str, str], Variables] = {}
        self._paths: dict[tuple[str, str], list[Path]] = {}
        for folder in folders:
            for kind in VARIABLE_FOLDERS:
                for path in _listed(folder / kind):
                    name = path.name if os.path.isdir(path) else path.name.removesuffix(path.suffix)
                    if not os.path.isdir(path) and path.suffix not in {"", *YAML_SUFFIXES}:
                        name = path.name  # a host such as web1.example.org has no suffix, only dots
                    self._paths.setdefault((kind, name), []).append(path)

    def variables(self, kind: str, name: str) -> Variables:
        """Return what the files of a group or host say."""
        if not self._paths:
            return {}
        key = (kind, name)
        if key not in self._known:
            self._known[key] = {}
            for path in self._paths.get(key, ()):
                for file in sorted(_listed(path)) if os.path.isdir(path) else [path]:
                    text = _text(file, self._tree) if os.path.isfile(file) else None
                    self._known[key] |= read_variables(file, text, self._tree) if text else {}
        return self._known[key]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []
