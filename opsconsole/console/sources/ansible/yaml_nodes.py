"""YAML as nodes with line numbers, bounded in depth and size.

PyYAML's own composer calls itself for every level, and the one in C ends the process on a deep file. So
the nodes are made here from the parser's events. An alias is the node that it names, not a copy: a bomb of
aliases stays small as long as nobody walks into it without a limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

DEPTH_LIMIT = 100
NODES_LIMIT = 5_000_000

# libyaml where it is there: ten times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """The text is not YAML that we read.

    Attributes:
        line: The line, from 1.
        column: The column, from 1.
    """

    def __init__(self, message: str, line: int, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(slots=True)
class Scalar:
    """A text, number or nothing.

    Attributes:
        line: Where it stands, from 1.
        text: As written.
        tag: Its explicit tag, such as `!vault`, or empty.
        is_plain: Whether it is without quotes, so that `null` means nothing and `yes` is no text.
    """

    line: int
    text: str
    tag: str = ""
    is_plain: bool = False

    @property
    def is_null(self) -> bool:
        """Whether it says nothing."""
        return self.is_plain and self.text in {"", "~", "null", "Null", "NULL"}


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """A mapping; keys that are no scalars are left out."""

    line: int
    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)


Node = Scalar | Sequence | Mapping


def parse(text: str) -> Node | None:
    """Return the first document of a text, or None when it is empty.

    Raises:
        YamlError: It is not YAML, or too deep or too large.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentEndEvent):
                break
            if isinstance(event, yaml.NodeEvent):
                builder.start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                builder.end()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "it cannot be read"
        raise YamlError(problem, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1) from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise YamlError(str(error).split("\n", maxsplit=1)[0], 1) from None
    return builder.root


class _Builder:
    """Makes nodes of events, without recursion."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Sequence | Mapping] = []
        self._keys: list[Node | None] = []
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def start(self, event: yaml.NodeEvent) -> None:
        """Add the node that an event begins."""
        line = event.start_mark.line + 1 if event.start_mark else 1
        self._count += 1
        if self._count > NODES_LIMIT or len(self._open) > DEPTH_LIMIT:
            what = f"more than {DEPTH_LIMIT} levels" if self._count <= NODES_LIMIT else "too many values"
            raise YamlError(what, line, event.start_mark.column + 1 if event.start_mark else 1)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise YamlError(f"nothing is called &{event.anchor}", line)
            self._add(self._anchors[event.anchor])
            return
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(line, event.value, event.tag or "", not event.style)
        else:
            node = Sequence(line) if isinstance(event, yaml.SequenceStartEvent) else Mapping(line)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._add(node)
        if not isinstance(node, Scalar):
            self._open.append(node)
            self._keys.append(None)

    def end(self) -> None:
        """Close the innermost list or mapping."""
        self._open.pop()
        self._keys.pop()

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        around = self._open[-1]
        if isinstance(around, Sequence):
            around.items.append(node)
        elif self._keys[-1] is None:
            self._keys[-1] = node
        else:
            key, self._keys[-1] = self._keys[-1], None
            if isinstance(key, Scalar):
                around.pairs.append((key, node))
