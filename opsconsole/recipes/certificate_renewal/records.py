"""NUL-ended records `WORD rest` as the scripts write them, and the commands that ask for them."""

from __future__ import annotations

from collections.abc import Iterator

from opsconsole.data.host import Command, Shell, ShellError
from opsconsole.data.text import clean_line
from opsconsole.recipes.recipe import PlanError

MOST_BYTES = 8 * 1024 * 1024


async def ask(shell: Shell, wanted: Command) -> bytes:
    """Run a script that changes nothing; its stdout.

    Raises:
        ShellError: It could not be run to its end.
    """
    output = await shell.run(wanted)
    name = wanted.argv[3]
    if output.timed_out:
        raise ShellError(f"{shell.host.name}: {name} did not end within {wanted.deadline_seconds:.0f} s")
    if output.exit_status != 0:
        said = clean_line(output.stdout[-300:] + b" " + output.stderr, 300)
        raise ShellError(f"{shell.host.name}: {name} ended with {output.exit_status}: {said}")
    return output.stdout


def records(raw: bytes) -> Iterator[tuple[str, str]]:
    """Yield (word, rest as exact text) of each record.

    Raises:
        PlanError: The answer was cut.
    """
    parts = raw.split(b"\0")
    if parts[-2:] != [b"end ", b""]:
        raise PlanError("the host's answer is cut or has too much in it: nothing can be planned on it")
    for record in parts[:-2]:
        word, _, rest = record.partition(b" ")
        yield word.decode("ascii", "replace"), rest.decode("utf-8", "surrogateescape")
