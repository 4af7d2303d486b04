"""The scripts that the runner has hosts run; each is sent whole with every call, nothing is installed."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from opsconsole.data.host import Output
from opsconsole.data.text import clean_line


class AnswerError(Exception):
    """A host's answer is none: the script failed, or was not what answered. For a person."""


@cache
def script(name: str) -> str:
    """Return `name.sh` behind what all of them share; `job_main` stands alone, for it stays on the host.

    Without comments and indentation: dropbear takes no command of more than 9,000 bytes (its MAX_CMD_LEN).
    """
    folder = resources.files("opsconsole.recipes.runner")
    shared = "" if name == "job_main" else (folder / "host.sh").read_text(encoding="utf-8")
    whole = shared + (folder / f"{name}.sh").read_text(encoding="utf-8")
    lines = (line.strip() for line in whole.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("#"))


def read_answer(output: Output, name: str) -> tuple[dict[str, str], bytes]:
    """Return the words of the answer line `@opsconsole-NAME key=value …`, and what follows it.

    Raises:
        AnswerError: There is no such line.
    """
    _, mark, rest = output.stdout.partition(f"@opsconsole-{name} ".encode())
    if not mark:
        words = clean_line(output.stderr or output.stdout, 300)
        raise AnswerError(words or f"the host gave no answer (exit status {output.exit_status})")
    line, _, body = rest.partition(b"\n")
    pairs = (word.partition("=") for word in clean_line(line, 1000).split(" "))
    return {key: value for key, equals, value in pairs if equals and re.fullmatch("[a-z]+", key)}, body


def number(text: str | None) -> int | None:
    """Return a host's number, or None when it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 15 else None
