"""The commands of the `:` line and the palette: what can be typed, and what it means."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Verb(Enum):
    """What the console can be told by name. The value is the word that is typed."""

    HOST = "host"
    GROUP = "group"
    ALL = "all"
    READ = "read"
    LOGS = "logs"
    SHELL = "shell"
    SUDO = "sudo"
    RECIPE = "recipe"
    RUNS = "runs"
    UNLOCK = "unlock"
    CERTIFICATES = "certificates"
    AUDIT = "audit"
    THEME = "theme"
    HELP = "help"
    QUIT = "quit"


class Needs(Enum):
    """What follows a verb."""

    NOTHING = "nothing"
    HOST = "host"
    MAYBE_HOST = "maybe a host"
    GROUP = "group"
    MAYBE_THEME = "maybe a theme"
    RECIPE = "recipe"


@dataclass(frozen=True, slots=True)
class VerbHelp:
    """How a verb is used, for the line's help and the palette."""

    needs: Needs
    title: str
    help: str


VERBS: dict[Verb, VerbHelp] = {
    Verb.HOST: VerbHelp(Needs.HOST, "open host", "its findings and panels"),
    Verb.GROUP: VerbHelp(Needs.GROUP, "group", "show only the hosts of a group"),
    Verb.ALL: VerbHelp(Needs.NOTHING, "all hosts", "show every host again"),
    Verb.READ: VerbHelp(Needs.MAYBE_HOST, "read now", "read a host, or all of them, at once"),
    Verb.LOGS: VerbHelp(Needs.HOST, "logs of", "follow its journal or a file"),
    Verb.SHELL: VerbHelp(Needs.HOST, "shell on", "an interactive session"),
    Verb.SUDO: VerbHelp(
        Needs.MAYBE_HOST, "sudo password", "give it once; kept in memory, for all hosts that ask"
    ),
    Verb.RECIPE: VerbHelp(Needs.RECIPE, "recipe", "plan it for this host, or for the marked ones"),
    Verb.RUNS: VerbHelp(Needs.NOTHING, "runs", "what goes on, and what was interrupted: look, resume, undo"),
    Verb.UNLOCK: VerbHelp(
        Needs.HOST, "unlock", "break the lock of a run that is no more; asks, and is kept in the audit trail"
    ),
    Verb.CERTIFICATES: VerbHelp(
        Needs.MAYBE_HOST, "certificates", "all of them, worst first, with the next 90 days; or of a host"
    ),
    Verb.AUDIT: VerbHelp(Needs.MAYBE_HOST, "audit", "the trail of all that was done, or of a host"),
    Verb.THEME: VerbHelp(Needs.MAYBE_THEME, "theme", "light or dark"),
    Verb.HELP: VerbHelp(Needs.NOTHING, "help", "every key, and what the signs mean"),
    Verb.QUIT: VerbHelp(Needs.NOTHING, "quit", "end the console"),
}
ALIASES = {
    "q": Verb.QUIT,
    "q!": Verb.QUIT,
    "h": Verb.HOST,
    "l": Verb.LOGS,
    "s": Verb.SHELL,
    "ssh": Verb.SHELL,
}


@dataclass(frozen=True, slots=True)
class Action:
    """What was asked for. `argument` is a known host, group, recipe or theme, or empty."""

    verb: Verb
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a command may speak of."""

    hosts: Sequence[str] = ()
    groups: Sequence[str] = ()
    themes: Sequence[str] = ()
    recipes: Sequence[str] = ()

    def of(self, needs: Needs) -> Sequence[str]:
        """Return the names that may follow such a verb."""
        return {
            Needs.HOST: self.hosts,
            Needs.MAYBE_HOST: self.hosts,
            Needs.GROUP: self.groups,
            Needs.MAYBE_THEME: self.themes,
            Needs.RECIPE: self.recipes,
            Needs.NOTHING: (),
        }[needs]


class CommandError(Exception):
    """What was typed is no command; the message says what would be one."""


def parse_command(text: str, names: Names) -> Action:
    """Return what a typed line means. A leading `:` is allowed; `@group` alone shows that group.

    A verb may be shortened while it is unambiguous (`th` for `theme`), a name never: the wrong host must
    not open because its name begins alike.

    Raises:
        CommandError: It is no command, or speaks of a host, group, recipe or theme that does not exist.
    """
    words = text.strip().removeprefix(":").split(maxsplit=1)
    if not words:
        raise CommandError("type a command, such as: host NAME")
    if words[0].startswith("@"):
        return Action(Verb.GROUP, _known(text.strip().removeprefix(":").strip(), Needs.GROUP, names))
    verb = _verb(words[0])
    needs = VERBS[verb].needs
    argument = words[1].strip() if len(words) > 1 else ""
    if not argument:
        if needs in {Needs.HOST, Needs.GROUP, Needs.RECIPE}:
            raise CommandError(f"{verb.value} needs the name of a {needs.value}")
        return Action(verb)
    if needs is Needs.NOTHING:
        raise CommandError(f"{verb.value} takes no name")
    return Action(verb, _known(argument, needs, names))


def _verb(word: str) -> Verb:
    folded = word.casefold()
    if folded in ALIASES:
        return ALIASES[folded]
    fits = [verb for verb in Verb if verb.value == folded] or [
        verb for verb in Verb if verb.value.startswith(folded)
    ]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise CommandError("which one: " + ", ".join(verb.value for verb in fits) + "?")
    raise CommandError(f"no command {word!r}" + _nearest(folded, [verb.value for verb in Verb]))


def _known(argument: str, needs: Needs, names: Names) -> str:
    wanted = argument.removeprefix("@") if needs is Needs.GROUP else argument
    known = names.of(needs)
    if wanted in known:
        return wanted
    kind = {Needs.GROUP: "group", Needs.MAYBE_THEME: "theme", Needs.RECIPE: "recipe"}.get(needs, "host")
    raise CommandError(f"no {kind} {wanted!r}" + _nearest(wanted, known))


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=3)
    return f"; did you mean {', '.join(near)}?" if near else ""


def complete(text: str, names: Names) -> str | None:
    """Return `text` completed to the next command or name that begins so, or None."""
    verb_text, space, begun = text.partition(" ")
    if not space:
        fits = sorted(verb.value for verb in Verb if verb.value.startswith(verb_text.casefold()))
        return fits[0] if verb_text and fits and fits[0] != verb_text else None
    try:
        needs = VERBS[_verb(verb_text)].needs
    except CommandError:
        return None
    name = next(
        (name for name in names.of(needs) if begun and name.startswith(begun) and name != begun), None
    )
    return None if name is None else f"{verb_text} {name}"
