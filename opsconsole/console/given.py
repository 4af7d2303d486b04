"""What an engineer gives a recipe: texts as typed, files of this machine, and what the recipe makes of them.

A file that everybody may see becomes part of the plan. One that is a secret stays in memory: it is read here,
and nothing but the runner gets it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from opsconsole.data.text import clean_line
from opsconsole.recipes.parameters import FILE_LIMIT_BYTES, has_private_key, of_file
from opsconsole.recipes.recipe import HIDDEN, Given, Kind, Parameter, ParameterError, Recipe

PASTED = "-----BEGIN "
"""What a pasted PEM begins with; no path does."""
_SHOWN_CHARS = 200


def typed(parameters: Sequence[Parameter], texts: Mapping[str, str]) -> Given:
    """Return what was typed into a form: for a file its path, or its pasted content. Blocks (files).

    Raises:
        ParameterError: A file cannot be used; every one that cannot is named, one on a line.
    """
    public: dict[str, str] = {}
    secrets: dict[str, str] = {}
    warnings: list[str] = []
    problems: list[str] = []
    for one in parameters:
        text = texts.get(one.name)
        if text is None:
            continue
        if one.is_file and text.strip():
            try:
                text, found = file_or_pasted(one, text)
            except ParameterError as error:
                problems.append(str(error))
                continue
            warnings += found
        if one.is_secret and text:
            secrets[one.name] = text
            text = HIDDEN
        public[one.name] = text
    if problems:
        raise ParameterError("\n".join(problems))
    return Given(public, secrets, tuple(warnings))


def prepared(recipe: Recipe, given: Given) -> Given:
    """Return what a recipe makes of what was given (`recipe.Given`); most leave it as it is. Blocks (files).

    Raises:
        ParameterError: It does not fit together. Of it a `SecretNeededError`: one more secret is needed.
    """
    prepare = getattr(recipe, "prepare", None)
    if prepare is None:
        return given
    made: Given = prepare(given)
    return with_files(recipe.parameters, made) if made.files else made


def with_files(parameters: Sequence[Parameter], given: Given) -> Given:
    """Return what was given with its secrets that are in files of this machine (`Given.files`). Blocks.

    Raises:
        ParameterError: A file cannot be used; every one that cannot is named, one on a line.
    """
    known = {one.name: one for one in parameters}
    secrets, warnings, problems = dict(given.secrets), list(given.warnings), []
    for name, path in given.files.items():
        try:
            text, found = read_file(known[name], path)
        except ParameterError as error:
            problems.append(str(error))
            continue
        secrets[name] = text.strip()
        warnings += found
        if not secrets[name] or any(one.isspace() for one in secrets[name]):
            shown = clean_line(path, _SHOWN_CHARS)
            problems.append(
                f"{name}: found something else in {shown} (not shown), expected a key on one line"
            )
    if problems:
        raise ParameterError("\n".join(problems))
    return replace(given, secrets=secrets, warnings=tuple(warnings), files={})


def file_or_pasted(parameter: Parameter, text: str) -> tuple[str, list[str]]:
    """Return the text of a file, given by its path or pasted whole, and what is to be said of it.

    Raises:
        ParameterError: It cannot be used.
    """
    if text.lstrip().startswith(PASTED):
        return _allowed(parameter, text.lstrip(), "what was pasted"), []
    return read_file(parameter, text.strip().removeprefix("@"))


def read_file(parameter: Parameter, path: str, *, pipes: bool = False) -> tuple[str, list[str]]:
    """Return the text of a file of this machine (`parameters.of_file`), and what is to be said of it. Blocks.

    Args:
        parameter: What it is for.
        path: Its path; `~` is the home folder.
        pipes: Take a pipe as well, as a shell's `<(…)` is one; it is waited for.

    Raises:
        ParameterError: It cannot be used. The message names it, what was found and what was expected.
    """
    name, shown = parameter.name, clean_line(path, _SHOWN_CHARS)
    warnings = []
    try:
        place = Path(path).expanduser()
        kind = place.stat().st_mode
        if not (stat.S_ISREG(kind) or (pipes and stat.S_ISFIFO(kind))):
            raise ParameterError(f"{name}: {shown} is no file")
        with place.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(FILE_LIMIT_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path of this machine"
        raise ParameterError(f"{name}: cannot read {shown}: {reason}") from None
    if parameter.is_secret and stat.S_ISREG(mode) and mode & 0o077:
        warnings.append(f"{name}: others can get at {shown} (mode {mode & 0o777:o}); chmod 600 it")
    if not content or len(content) > FILE_LIMIT_BYTES:
        found = "nothing" if not content else f"more than {FILE_LIMIT_BYTES // 1024} KiB"
        raise ParameterError(
            f"{name}: found {found} in {shown}, expected a file of at most {FILE_LIMIT_BYTES // 1024} KiB"
        )
    return _allowed(parameter, of_file(content), shown), warnings


def _allowed(parameter: Parameter, text: str, shown: str) -> str:
    if parameter.kind is Kind.FILE and has_private_key(text):
        raise ParameterError(
            f"{parameter.name}: found a private key in {shown}, expected what everybody may see; nothing of"
            " it was kept: give the key by its own parameter, which is secret"
        )
    return text
