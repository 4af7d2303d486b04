"""Host patterns and `Match` criteria."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

WILDCARDS = ("*", "?")


class Query(Protocol):
    """What a condition may ask while a configuration is evaluated."""

    @property
    def original(self) -> str:
        """The name as given."""
        ...

    @property
    def host(self) -> str:
        """The name that `Host` lines are compared with: the address in the final pass."""
        ...

    @property
    def address(self) -> str:
        """The address as known so far."""
        ...

    @property
    def user(self) -> str:
        """The remote user as known so far."""
        ...

    @property
    def local_user(self) -> str:
        """The user who runs us."""
        ...

    @property
    def is_final(self) -> bool:
        """Whether this is the final pass."""
        ...

    def ask_final(self) -> None:
        """Note that a final pass is wanted."""
        ...


class Condition(Protocol):
    """When the lines of a block hold."""

    def holds(self, query: Query) -> bool:
        """Whether they hold for this query."""
        ...

    def names(self, host: str) -> bool:
        """Whether the block names this host literally, not by a wildcard."""
        ...

    @property
    def literals(self) -> tuple[str, ...] | None:
        """The only names for which it can hold, or None when it may hold for any."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """The lines before the first block."""

    literals: tuple[str, ...] | None = None

    def holds(self, query: Query) -> bool:
        """Yes."""
        return True

    def names(self, host: str) -> bool:
        """No: it speaks of all."""
        return False


@dataclass(frozen=True, slots=True)
class HostBlock:
    """`Host PATTERN…`: some pattern matches, and no negated one does."""

    patterns: tuple[str, ...]

    @property
    def literals(self) -> tuple[str, ...] | None:
        """The names, when there are no wildcards."""
        positive = self.positive
        return None if any(has_wildcard(name) for name in positive) else positive

    @property
    def positive(self) -> tuple[str, ...]:
        """The patterns that are not negated."""
        return tuple(pattern for pattern in self.patterns if not pattern.startswith("!"))

    def holds(self, query: Query) -> bool:
        """Whether it matches the name."""
        return matches_any(query.host, self.patterns)

    def names(self, host: str) -> bool:
        """Whether the name is one of the patterns."""
        return host in self.positive


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of a `Match` line."""

    attribute: str
    negated: bool
    argument: str


@dataclass(frozen=True, slots=True)
class MatchBlock:
    """`Match CRITERION…`: all of them are true."""

    criteria: tuple[Criterion, ...]
    literals: tuple[str, ...] | None = None

    def holds(self, query: Query) -> bool:
        """Whether all criteria are true; each is asked, as `final` must be noted in any case."""
        answers = [_asks(criterion, query) for criterion in self.criteria]
        return all(answers)

    def names(self, host: str) -> bool:
        """Whether a criterion gives the name as it is."""
        return any(
            criterion.attribute in {"host", "originalhost"}
            and not criterion.negated
            and host in criterion.argument.split(",")
            for criterion in self.criteria
        )


_ASKS: dict[str, Callable[[str, Query], bool]] = {
    "all": lambda _, query: True,
    "host": lambda argument, query: in_list(query.address.lower(), argument.lower()),
    "originalhost": lambda argument, query: in_list(query.original.lower(), argument.lower()),
    "user": lambda argument, query: in_list(query.user, argument),
    "localuser": lambda argument, query: in_list(query.local_user, argument),
}


def _asks(criterion: Criterion, query: Query) -> bool:
    if criterion.attribute in {"final", "canonical"}:
        if criterion.attribute == "final":
            query.ask_final()
        return query.is_final != criterion.negated
    ask = _ASKS.get(criterion.attribute)
    # What we do not ask (exec, and criteria newer than this) never holds, negated or not: the unknown
    # must not switch on settings.
    return ask is not None and ask(criterion.argument, query) != criterion.negated


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern can match more than one name."""
    return any(sign in pattern for sign in WILDCARDS)


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern with `*` and `?` matches the whole name.

    On a mismatch only the last `*` is tried again with one character more: the time is at worst the
    product of the lengths. A regular expression, or OpenSSH's own recursion, can take years.
    """
    if not has_wildcard(pattern):
        return name == pattern
    at = place = 0
    star = resume = -1
    while at < len(name):
        sign = pattern[place : place + 1]
        if sign == "*":
            star, resume = place, at
            place += 1
        elif sign in {"?", name[at]}:
            at += 1
            place += 1
        elif star >= 0:
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return not pattern[place:].strip("*")


def matches_any(name: str, patterns: Sequence[str]) -> bool:
    """Whether a pattern matches and no pattern with `!` before it does."""
    found = False
    for pattern in patterns:
        if pattern.startswith("!"):
            if matches(name, pattern[1:]):
                return False
        elif not found:
            found = matches(name, pattern)
    return found


def in_list(name: str, argument: str) -> bool:
    """Whether a comma-separated list of patterns matches."""
    return matches_any(name, argument.split(","))
