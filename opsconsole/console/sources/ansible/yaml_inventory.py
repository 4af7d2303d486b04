"""Inventories in YAML: groups with `hosts`, `children` and `vars`; and the files of group_vars, host_vars."""

from __future__ import annotations

from pathlib import Path

from opsconsole.console.sources.ansible.ranges import RangeError, expand, split_port
from opsconsole.console.sources.ansible.tree import Tree, Variables
from opsconsole.console.sources.ansible.yaml_nodes import Mapping, Node, Scalar, Sequence, YamlError, parse
from opsconsole.console.sources.origin import Located, Origin
from opsconsole.console.sources.problem import Problem, did_you_mean, show

VAULT_HEADER = "$ANSIBLE_VAULT"
DEPTH_LIMIT = 50
GROUP_KEYS = ("hosts", "children", "vars")


class Encrypted(str):
    """The value of a variable that ansible-vault encrypted; we have no key to it and want none."""

    __slots__ = ()


def read_yaml(file: Path, text: str, tree: Tree) -> None:
    """Add what an inventory says to the tree; what cannot be read are problems."""
    try:
        root = parse(text)
    except YamlError as error:
        found = f"not valid YAML: {error}"
        tree.problems.append(Problem(file, error.line, "", found, column=error.column))
        return
    if root is None or (isinstance(root, Scalar) and root.is_null):
        return
    _YamlReader(file, tree).root(root)


def read_variables(file: Path, text: str, tree: Tree) -> Variables:
    """Return the variables of a file of group_vars or host_vars; one that is not YAML is a warning."""
    if text.startswith(VAULT_HEADER):
        tree.warnings.append(f"{Origin(file)} is encrypted by ansible-vault: its variables are not read")
        return {}
    try:
        return variables(parse(text), file)
    except YamlError as error:
        tree.warnings.append(f"{Origin(file, error.line)}: not valid YAML, not used: {error}")
        return {}


def variables(node: Node | None, file: Path) -> Variables:
    """Return the variables of a mapping whose values are scalars; merge keys (`<<`) are followed."""
    found: Variables = {}
    for key, value in _pairs(node):
        if isinstance(value, Scalar) and not value.is_null:
            sealed = value.tag.endswith("vault") or value.text.startswith(VAULT_HEADER)
            found[key.text] = Located(Encrypted() if sealed else value.text, Origin(file, value.line))
    return found


def _pairs(node: Node | None) -> list[tuple[Scalar, Node]]:
    """Return what a mapping says, and what its merge keys (`<<`) say where it says nothing itself.

    Of several mappings that are merged the first to say a key wins, as YAML has it. So one that was met
    before adds nothing: each is walked once, however many aliases lead to it.
    """
    own, sources = _split(node)
    if not sources:
        return own
    found = {key.text for key, _ in own}
    merged: list[tuple[Scalar, Node]] = []
    met: set[int] = set()
    todo = sources[::-1]
    while todo:
        source = todo.pop()
        if id(source) in met:
            continue
        met.add(id(source))
        pairs, inner = _split(source)
        new = [(key, value) for key, value in pairs if key.text not in found]
        found.update(key.text for key, _ in new)
        merged += new
        todo += inner[::-1]
    return [*merged, *own]


def _split(node: Node | None) -> tuple[list[tuple[Scalar, Node]], list[Node]]:
    """Return what a mapping says itself, and the mappings that are merged into it, the first first."""
    own: list[tuple[Scalar, Node]] = []
    sources: list[Node] = []
    for key, value in node.pairs if isinstance(node, Mapping) else ():
        if key.text == "<<" and key.is_plain:
            sources += value.items if isinstance(value, Sequence) else [value]
        else:
            own.append((key, value))
    return own, sources


def _named(node: Node) -> Node:
    """Return what stands under `hosts` or `children`: a name alone means a mapping of it to nothing."""
    if isinstance(node, Scalar) and not node.is_null:
        return Mapping(node.line, [(node, Scalar(node.line, "", is_plain=True))])
    return node


class _YamlReader:
    """Reads the groups of one file."""

    def __init__(self, file: Path, tree: Tree) -> None:
        self._file = file
        self._tree = tree
        self._walked: set[tuple[str, int]] = set()

    def root(self, node: Node) -> None:
        """Read the top level: group names."""
        if not isinstance(node, Mapping):
            self._problem(node, "not a mapping", "groups, such as `all:` with `hosts:`")
            return
        for key, _ in node.pairs:
            if key.text == "_meta":
                hint = "save it with `ansible-inventory --list --yaml`"
                self._problem(key, "the JSON of `ansible-inventory --list`", "an inventory", hint)
                return
            if key.text == "plugin":
                hint = "save its hosts with `ansible-inventory --list --yaml`"
                self._problem(key, "a plug-in's configuration, which is not run", "an inventory", hint)
                return
        for key, value in node.pairs:
            self._group(key, value, 0)

    def _group(self, name: Scalar, node: Node, depth: int) -> None:
        group = self._tree.group(name.text)
        if isinstance(node, Scalar) and node.is_null:
            return
        if not isinstance(node, Mapping):
            self._problem(
                node, f"group {show(name.text)} is no mapping", "`hosts`, `children` or `vars` in it"
            )
            return
        if depth > DEPTH_LIMIT:
            self._problem(name, f"groups more than {DEPTH_LIMIT} deep", "")
            return
        # By aliases the same node can stand in many places: walking it once under each name is enough.
        if (name.text, id(node)) in self._walked:
            return
        self._walked.add((name.text, id(node)))
        for key, value in _pairs(node):
            if key.text == "hosts":
                self._hosts(name.text, _named(value))
            elif key.text == "vars":
                group.variables.update(variables(value, self._file))
            elif key.text == "children":
                for child, inner in _pairs(_named(value)):
                    group.children[child.text] = None
                    self._group(child, inner, depth + 1)
            else:
                self._problem(
                    key,
                    f"{show(key.text)} in group {name.text}",
                    "`hosts`, `children` or `vars`",
                    did_you_mean(key.text, GROUP_KEYS),
                )

    def _hosts(self, group: str, node: Node) -> None:
        if isinstance(node, Scalar) and node.is_null:
            return
        if not isinstance(node, Mapping):
            self._problem(node, f"the hosts of {group} are no mapping", "each host as a key, such as `web1:`")
            return
        for key, value in _pairs(node):
            origin = Origin(self._file, key.line)
            pattern, port = split_port(key.text)
            try:
                names = expand(pattern)
            except RangeError as error:
                self._problem(key, str(error), "")
                continue
            said = variables(value, self._file)
            for name in names:
                self._tree.add_host(name, group, origin, said, port)

    def _problem(self, node: Node, found: str, expected: str, hint: str = "") -> None:
        origin = Origin(self._file, node.line)
        self._tree.problems.append(
            Problem.at(origin, "", f"not an Ansible inventory: {found}", expected, hint)
        )
