"""The panels' sections, put together into what a host runs, and its output taken apart again."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opsconsole import panels
from opsconsole.data.host import Asking, Command
from opsconsole.panels.panel import Cadence, Panel, Section, SectionOutput

SLOW_DEADLINE_SECONDS = 45.0
SLOW_OUTPUT_LIMIT_BYTES = 1024 * 1024
FAILED_STATUS = 124  # the status of `timeout`: what a section gets when its whole command failed

_END = re.compile(rb"end (\d{1,3})\n")
SAMPLED = (Cadence.FAST, Cadence.MEDIUM, Cadence.FOCUS)

Sections = Mapping[str, Mapping[str, SectionOutput]]
"""Panel name -> section name -> output."""


def load_panels(names: Iterable[str] | None = None) -> dict[str, Panel]:
    """Return the named panels (default: all) by name, in the order in which they are shown."""
    wanted = set(panels.names() if names is None else names)
    return {name: panels.load(name) for name in panels.names() if name in wanted}


def sampler_groups(loaded: Mapping[str, Panel]) -> dict[str, list[tuple[str, str]]]:
    """Return what the long-lived sampler runs: cadence -> (`panel.section`, script)."""
    groups: dict[str, list[tuple[str, str]]] = {cadence.value: [] for cadence in SAMPLED}
    for name, panel in loaded.items():
        for section in panel.sections:
            if section.cadence in SAMPLED:
                groups[section.cadence.value].append((f"{name}.{section.name}", section.script))
    return {group: snippets for group, snippets in groups.items() if snippets}


def by_panel(flat: Mapping[str, SectionOutput]) -> dict[str, dict[str, SectionOutput]]:
    """Return `panel.section` outputs grouped by panel."""
    grouped: dict[str, dict[str, SectionOutput]] = {}
    for key, output in flat.items():
        panel, _, section = key.partition(".")
        grouped.setdefault(panel, {})[section] = output
    return grouped


@dataclass(frozen=True, slots=True)
class Batch:
    """Several sections run by one command, each framed so that its output can be found again.

    The frame carries a random nonce: nothing that a host's files contain can pass for a frame.
    """

    keys: tuple[str, ...]
    command: Command
    nonce: str

    def split(
        self, stdout: bytes, *, truncated: bool = False, exit_status: int | None = None
    ) -> dict[str, SectionOutput]:
        """Return each section's output; one that is not there whole gets `FAILED_STATUS`.

        But where the host answered with nothing of ours and a status of its own (a restricted login shell),
        they get that: it did end in time.
        """
        pieces = stdout.split(f"\n@@{self.nonce} ".encode())
        found = {}
        for begun, ended in itertools.pairwise(pieces[1:]):
            number, _, text = begun.partition(b"\n")
            end = _END.match(ended)
            if end and number.isdigit() and int(number) < len(self.keys):
                found[self.keys[int(number)]] = SectionOutput(text, int(end[1]))
        status = FAILED_STATUS
        if len(pieces) == 1 and exit_status is not None and 0 < exit_status < FAILED_STATUS:
            status = exit_status
        missing = SectionOutput(b"", status, truncated)
        return {key: found.get(key, missing) for key in self.keys}

    def failed(self) -> dict[str, SectionOutput]:
        """Return the outputs of a command that could not be run at all."""
        return {key: SectionOutput(b"", FAILED_STATUS) for key in self.keys}


def batch(sections: Iterable[tuple[str, Section]], *, sudo: bool) -> Batch | None:
    """Return one command for these (`panel.section`, section) pairs, or None when there are none."""
    chosen = tuple(sections)
    if not chosen:
        return None
    nonce = secrets.token_hex(8)
    # Each in a subshell, so that an `exit` or `cd` of one leaves the others alone.
    body = "".join(
        f"printf '\\n@@{nonce} {index}\\n'\n"
        f"(\n{section.script}\n) 2>/dev/null\n"
        f"printf '\\n@@{nonce} end %d\\n' $?\n"
        for index, (_, section) in enumerate(chosen)
    )
    # Many small writes would each be a packet of their own: dd gathers them (two sizes, so that it does).
    script = f"{{\n{body}}} | {{ dd ibs=4096 obs=65536 2>/dev/null || cat; }}\n"
    command = Command(
        # Not in argv: dropbear drops a connection that sends a command of over 9,000 bytes, and sudo writes
        # the whole command to the journal each time.
        ("sh", "-c", 'eval "$(cat)"'),
        stdin=script.encode(),
        sudo=sudo,
        asking=Asking.NEVER,  # nobody waits for it: a password is asked for when a person does something
        deadline_seconds=SLOW_DEADLINE_SECONDS,
        output_limit_bytes=SLOW_OUTPUT_LIMIT_BYTES,
    )
    return Batch(tuple(key for key, _ in chosen), command, nonce)


def rare_batches(loaded: Mapping[str, Panel], *, root: bool) -> list[Batch]:
    """Return the commands of the rare cadence, one a section, in order; `root` as for `slow_batches`."""
    return [
        made
        for name, panel in loaded.items()
        for section in panel.sections
        if section.cadence is Cadence.RARE
        and (made := batch([(f"{name}.{section.name}", section)], sudo=root and section.wants_root))
    ]


def slow_batches(loaded: Mapping[str, Panel], *, root: bool, first: bool) -> list[Batch]:
    """Return the commands of the slow cadence.

    Args:
        loaded: The panels.
        root: Whether root can be had without asking; if so, sections that want it get a command of their own.
        first: Whether this is the first reading of a connection, which includes the `ONCE` sections.
    """
    cadences = {Cadence.SLOW, Cadence.ONCE} if first else {Cadence.SLOW}
    pairs = [
        (f"{name}.{section.name}", section)
        for name, panel in loaded.items()
        for section in panel.sections
        if section.cadence in cadences
    ]
    plain = batch((pair for pair in pairs if not (root and pair[1].wants_root)), sudo=False)
    rooted = batch((pair for pair in pairs if root and pair[1].wants_root), sudo=True)
    return [one for one in (plain, rooted) if one is not None]
