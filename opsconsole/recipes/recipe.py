"""The contract of recipes: what will be done to a host is data, whole and readable before anything is done.

A recipe reads facts and makes a `Plan`. A plan holds everything the runner needs: after the console was
killed, the plan as the ledger keeps it is enough to look at, resume or undo the run. Nothing in this file
does anything; `runner` is the one door to every change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from opsconsole.data.host import Command, Host, Shell

HIDDEN = "•••"
"""What stands for the value of a secret parameter wherever a plan is shown, hashed or remembered."""

UNTOUCHED_STATUS = 119
"""The exit status of a command that refused before its step touched anything: see `Step.commands`."""


def secret_mark(name: str) -> bytes:
    """Return what stands in a command's stdin for a secret parameter until the moment the command is sent.

    The runner puts the value in its place; plans, ledger and screens only ever hold the mark.
    """
    return f"\x00opsconsole-secret:{name}\x00".encode()


class Risk(StrEnum):
    """How hard it is to go back; decides how the plan must be confirmed."""

    READ = "read"
    REVERSIBLE = "reversible"
    IRREVERSIBLE = "irreversible"


class ParameterError(Exception):
    """A parameter's value is not of its kind. The message names it, what was found and what was expected."""


class SecretNeededError(ParameterError):
    """One more secret is needed to go on, such as the password of a key. `name` is its parameter."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class PlanError(Exception):
    """There can be no plan: the host lacks something, or the parameters contradict it. For a person."""


class Kind(StrEnum):
    """What a parameter's text is read as; see `parameters.read`."""

    TEXT = "text"
    CHOICE = "choice"
    WHOLE = "whole"
    """A whole number."""
    PERCENT = "percent"
    """`25` or `25%`: a float of 0 to 100."""
    BYTES = "bytes"
    """`500M`, `2GiB`: a number of bytes."""
    DURATION = "duration"
    """`30d`, `15m`: seconds."""
    FLAG = "flag"
    """`yes` or `no`: a bool."""
    TEXTS = "texts"
    """Several texts, separated by commas: a tuple of str."""
    SECRET = "secret"  # noqa: S105 - a kind, not a password
    """Never shown, hashed or remembered; reaches a host on standard input only."""
    FILE = "file"
    """A file of the engineer's machine that everybody may see, such as a certificate: its content as text."""
    SECRET_FILE = "secret-file"  # noqa: S105 - a kind, not a password
    """A file of the engineer's machine whose content is a secret, such as a private key; else as `SECRET`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing an engineer can set.

    Attributes:
        name: Lower-case words joined by underscores, as in `--set older_than=30d`.
        kind: How its text is read.
        default: Its text when nothing is set; None: it must be set.
        help: One line, with the unit.
        choices: For `Kind.CHOICE`.
        minimum: Smallest value, for numbers (bytes, seconds and percent too).
        maximum: Largest value.
        derived: The recipe sets it by itself from what was given (`Given`); nobody types it.
        presets: The table of the configuration whose names it takes as well (`Preset`); empty: none.
    """

    name: str
    kind: Kind
    default: str | None
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    derived: bool = False
    presets: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether its value is never shown, hashed or remembered."""
        return self.kind in {Kind.SECRET, Kind.SECRET_FILE}

    @property
    def is_file(self) -> bool:
        """Whether it is given as a file of the engineer's machine."""
        return self.kind in {Kind.FILE, Kind.SECRET_FILE}


@dataclass(frozen=True, slots=True)
class Preset:
    """What the configuration says under one name, as values of a recipe's parameters.

    Attributes:
        texts: Parameter name -> text.
        files: Secret parameter -> the file of the engineer's machine that holds it.
        hosts: Names of those hosts of the order that take it when nothing is said.
    """

    texts: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Given:
    """What an engineer gave for a recipe's parameters, files read.

    A recipe that must look into a secret before there can be a plan (does this key belong to that
    certificate?) has a method `prepare(given: Given) -> Given`. It runs on the engineer's machine, is pure,
    may set derived parameters to what everybody may know of a secret, and raises `ParameterError`; a second
    call with what it returned changes nothing. What `secrets` holds reaches neither facts nor plan.

    Attributes:
        texts: Parameter name -> text, or content of a file; `HIDDEN` for a secret.
        secrets: Parameter name -> secret.
        warnings: What the engineer should know of what was given, such as a key that others can read.
        presets: Name -> what the configuration says under it, for `Parameter.presets`.
        hosts: Names of the hosts that it is for.
        files: Secret parameter -> its file, for the console to read: set by `prepare` from a preset, which
            sets the parameter's text to `HIDDEN`.
    """

    texts: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()
    presets: Mapping[str, Preset] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """A postcondition: a command that changes nothing and proves that something holds, or that it does not.

    It holds when the command ends with status 0; what it wrote to stdout is the evidence (figures, please).
    Status 1: it does not hold, stdout says why. Anything else: nobody knows, and unknown never holds.

    Attributes:
        says: What is proved, such as `orders.service writes to the new file`.
        command: The command.
        within_seconds: It is asked again until it holds, for so long; 0: asked once.
    """

    says: str
    command: Command
    within_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Undo:
    """How one step is taken back. Its commands run as one job on the host, as a step's do.

    Attributes:
        says: What it does, such as `rename back`.
        commands: In order; the first that fails ends it. They must be safe to run when the step was applied
            only in part: a step that failed half-way is undone too.
        check: Proves that the host is as it was before the step.
    """

    says: str
    commands: tuple[Command, ...]
    check: Check


@dataclass(frozen=True, slots=True)
class Step:
    """One change, proved by its check, with its way back.

    Attributes:
        name: Unique in the plan; lower-case letters, digits and hyphens, at most 40: names the host's job.
        title: What it does, for a person.
        commands: In order, as one job that runs once and outlives a cut connection; the first that fails ends
            it. Their `sudo` must be alike. What a step must save for its undo, these commands save first. One
            that looks first and finds the host not as planned ends with `UNTOUCHED_STATUS`, when neither it
            nor a command before it has touched anything: the step counts as never begun, and what was done
            before it is taken back, even where the step itself could not be.
        effect: What will change, in figures, such as `9.2 GiB → 1.1 GiB`.
        check: Proves that it worked: exit status 0 of the commands is never enough.
        undo: How it is taken back, or None.
        irreversible: Why it cannot be taken back; set exactly when `undo` is None.
        predicted: Whether the effect is known beforehand; False: it is opaque, a program of the host decides.
        deadline_seconds: The job is ended on the host after so long.
        diff: A change of a file as a unified diff.
        details: Lines that name what is touched, such as each file with size and age.
        dead_man_seconds: The step can cut us off: before it the host arms a timer that runs the undo after so
            long by itself; we come back by a new connection, check, and disarm it. 0: no timer.
    """

    name: str
    title: str
    commands: tuple[Command, ...]
    effect: str
    check: Check
    undo: Undo | None = None
    irreversible: str = ""
    predicted: bool = True
    deadline_seconds: float = 300.0
    diff: str = ""
    details: tuple[str, ...] = ()
    dead_man_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FactSheet:
    """What a recipe read from the host before it planned.

    Attributes:
        binding: What the plan rests on, as JSON values. When these differ at apply time the plan is refused,
            so nothing belongs here that changes by itself from one minute to the next.
        shown: What is only told (sizes of live logs, free space), as JSON values.
    """

    binding: Mapping[str, Any]
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will happen on one host, in the order it will happen.

    Attributes:
        recipe: Name of the recipe.
        version: Its version; a plan of another version is not applied.
        host: Name of the host.
        parameters: Parameter name -> value as JSON; secrets are `HIDDEN`.
        facts: The binding facts.
        steps: In order. None: there is nothing to do, and `summary` says why.
        summary: One line with the figure that matters, such as `frees about 11.8 GiB of /var (94 % → 71 %)`.
        shown: Facts that are only told.
        warnings: What an engineer should know before saying yes.
    """

    recipe: str
    version: int
    host: str
    parameters: Mapping[str, Any]
    facts: Mapping[str, Any]
    steps: tuple[Step, ...]
    summary: str
    shown: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    _id: str = field(default="", init=False, repr=False, compare=False)

    @property
    def risk(self) -> Risk:
        """The risk tier of its worst step."""
        if not self.steps:
            return Risk.READ
        return Risk.REVERSIBLE if all(step.undo for step in self.steps) else Risk.IRREVERSIBLE

    @property
    def plan_id(self) -> str:
        """What is confirmed: a hash over the whole plan (`document.plan_id`), made once."""
        if not self._id:
            from opsconsole.recipes import document

            object.__setattr__(self, "_id", document.plan_id(self))
        return self._id


class Recipe(Protocol):
    """One recipe. It keeps no state: everything it learned is in the facts and the plan.

    A recipe whose undo is not always wise has a method `async undo_trouble(shell, plan, steps: Set[str])` as
    well: why steps of these names should not be taken back now, for a person; empty: nothing stands against
    it. It changes nothing, and is asked when a person wants a run undone; a failing run goes back unasked.
    The plan may be of an earlier version; whatever it raises is a refusal.

    Attributes:
        name: As on the command line and in `Finding.suggests`, such as `log-rotation`.
        version: Raised when the meaning of its steps changes.
        title: For a person.
        summary: One line: what it does.
        parameters: What can be set.
    """

    name: str
    version: int
    title: str
    summary: str
    parameters: tuple[Parameter, ...]

    async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
        """Read what the plan needs; changes nothing on the host.

        Args:
            shell: The host.
            values: Parameter name -> value, as `parameters.read_all` returns them.

        Raises:
            ShellError: The host could not be asked.
            PlanError: What was read does not allow a plan.
        """
        ...

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        """Return the plan; pure: the same facts make the same plan.

        Raises:
            PlanError: There can be none.
        """
        ...
