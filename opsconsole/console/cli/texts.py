"""What a recipe's parameters are set to on the command line; secrets never come from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from opsconsole.console.given import file_or_pasted, prepared, read_file
from opsconsole.recipes.parameters import SECRET_LIMIT_CHARS
from opsconsole.recipes.recipe import (
    HIDDEN,
    Given,
    Kind,
    Parameter,
    ParameterError,
    Recipe,
    SecretNeededError,
)


def read_set(given: Iterable[str], parameters: Sequence[Parameter]) -> Given:
    """Return what was given, files and secrets read from where they are.

    Raises:
        ParameterError: One is not `NAME=VALUE`, is given twice, or is a secret on the command line.
    """
    known = {parameter.name: parameter for parameter in parameters}
    texts: dict[str, str] = {}
    secrets: dict[str, str] = {}
    problems: list[str] = []
    warnings: list[str] = []
    for word in given:
        name, equals, text = word.partition("=")
        name = name.strip()
        if not equals or not name:
            problems.append(f"--set {_shown(word, parameters)}: expected NAME=VALUE")
        elif name in texts:
            problems.append(f"{name}: it is set twice")
        elif name in known and known[name].derived:
            problems.append(f"{name}: the recipe sets it by itself")
        elif name in known and (known[name].is_secret or known[name].is_file):
            try:
                value, found = _from_file(known[name], text)
            except ParameterError as error:
                problems.append(str(error))
                value, found = "", []
            warnings += found
            texts[name] = value
            if known[name].is_secret:
                secrets[name], texts[name] = value, HIDDEN
        else:
            texts[name] = text
    if problems:
        raise ParameterError("\n".join(problems))
    return Given(texts, secrets, tuple(warnings))


def _from_file(parameter: Parameter, text: str) -> tuple[str, list[str]]:
    if parameter.kind is Kind.FILE:
        return read_file(parameter, text.removeprefix("@"), pipes=True) if text else ("", [])
    if not text.startswith("@"):
        raise ParameterError(
            f"{parameter.name}: a secret is never given on the command line, where others can see it:"
            f" --set {parameter.name}=@FILE, or leave it out to be asked"
        )
    if parameter.kind is Kind.SECRET_FILE:
        return read_file(parameter, text[1:], pipes=True)
    return _secret(parameter.name, text[1:]), []


async def prepared_here(recipe: Recipe, given: Given) -> Given:
    """Return what a recipe makes of what was given (`given.prepared`); a secret that it lacks is asked for.

    Raises:
        ParameterError: It does not fit together, or a secret that is needed was not typed.
    """
    for _ in recipe.parameters:
        try:
            return prepared(recipe, given)
        except SecretNeededError as error:
            if given.secrets.get(error.name):
                raise
            try:
                asked = await ask_secrets([error.name], {}, recipe.parameters)
            except ParameterError:
                raise error from None
            texts = {**given.texts, error.name: HIDDEN}
            given = replace(given, texts=texts, secrets={**given.secrets, **asked})
    return prepared(recipe, given)


def to_be_asked(parameters: Sequence[Parameter], texts: Mapping[str, str]) -> dict[str, str]:
    """Return `HIDDEN` for each secret that must be set and is not: a plan needs none, the run asks for it."""
    return {
        parameter.name: HIDDEN
        for parameter in parameters
        if parameter.is_secret and parameter.default is None and parameter.name not in texts
    }


async def ask_secrets(
    names: Iterable[str], known: Mapping[str, str], parameters: Sequence[Parameter] = ()
) -> dict[str, str]:
    """Return the secrets that a plan needs: those known, the others as typed at the terminal.

    Args:
        names: Of the secrets.
        known: Those that were given.
        parameters: The recipe's: of a file the path is typed, or its PEM is pasted.

    Raises:
        ParameterError: One is missing: nobody is at a terminal, or nothing was typed.
    """
    from opsconsole.console.cli.terminal_prompter import TerminalPrompter

    prompter = TerminalPrompter()
    secrets = dict(known)
    files = {parameter.name: parameter for parameter in parameters if parameter.kind is Kind.SECRET_FILE}
    for name in names:
        if name not in secrets:
            more = " (path of its file, or paste its PEM; not shown)" if name in files else ""
            typed = await prompter.secret("secret", f"{name}{more}:", pasted=name in files)
            if not typed:
                raise ParameterError(
                    f"{name}: a secret is needed: --set {name}=@FILE, or type it at a terminal"
                )
            secrets[name] = file_or_pasted(files[name], typed)[0] if name in files else typed
    return secrets


def _secret(name: str, file: str) -> str:
    path = Path(file).expanduser()
    try:
        with path.open(encoding="utf-8") as opened:
            value = opened.read(SECRET_LIMIT_CHARS + 2)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ParameterError(f"{name}: cannot read {path}: {reason}") from None
    value = value.removesuffix("\n").removesuffix("\r")
    if not value or len(value) > SECRET_LIMIT_CHARS or "\0" in value:
        raise ParameterError(f"{name}: {path} holds no text of 1 to {SECRET_LIMIT_CHARS} characters")
    return value


def _shown(word: str, parameters: Sequence[Parameter]) -> str:
    """Return a word for a message; when the recipe has secrets it may be one."""
    return "…" if any(parameter.is_secret for parameter in parameters) else repr(word[:60])
