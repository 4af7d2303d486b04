"""From the texts that an engineer types to the values that a recipe plans with, and what is wrong with them.

A recipe never gets a secret: in its values `HIDDEN` stands for one that was set, and the empty text for one
that was not. It puts `recipe.secret_mark` into a command's stdin; what `secrets` returns is for the runner.
"""

from __future__ import annotations

import base64
import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from opsconsole.data.text import clean, clean_line
from opsconsole.data.units import format_bytes, format_duration, parse_bytes, parse_duration
from opsconsole.recipes.recipe import HIDDEN, Kind, Parameter, ParameterError

TEXT_LIMIT_CHARS = 4096
SECRET_LIMIT_CHARS = 64 * 1024
FILE_LIMIT_BYTES = 64 * 1024
SHOWN_CHARS = 60
_NUMBER_LIMIT_CHARS = 60
Number = TypeVar("Number", int, float)
_YES = frozenset({"yes", "true", "on"})
_NO = frozenset({"no", "false", "off"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_PERCENT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*%?")
_DATA = "data:application/octet-stream;base64,"
_PRIVATE = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")
_FILE_LIMIT_CHARS = FILE_LIMIT_BYTES * 4 // 3 + 64
_COMMA = re.compile(r"(?<!\\),")


class _Wrong(Exception):
    """A text is not of its kind."""


def read_all(parameters: Sequence[Parameter], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return parameter name -> value for every parameter: of its text, else of its default.

    Args:
        parameters: The recipe's.
        texts: Parameter name -> what was typed.

    Raises:
        ParameterError: With every mistake that there is, one on a line.
    """
    defaults = {one.name: one.default for one in parameters if one.default is not None}
    missing = [
        f"{one.name}: it must be set: {expected(one)} ({one.help})"
        for one in parameters
        if one.default is None and one.name not in texts
    ]
    return _read(parameters, {**defaults, **texts}, missing)


def read_given(parameters: Sequence[Parameter], texts: Mapping[str, str]) -> dict[str, Any]:
    """Like `read_all`, but only of what was typed."""
    return _read(parameters, texts, [])


def _read(
    parameters: Sequence[Parameter], texts: Mapping[str, str], missing: Sequence[str]
) -> dict[str, Any]:
    by_name = {one.name: one for one in parameters}
    problems = [_unknown(name, parameters) for name in texts if name not in by_name] + list(missing)
    values: dict[str, Any] = {}
    for name in (name for name in by_name if name in texts):
        try:
            values[name] = read(by_name[name], texts[name])
        except ParameterError as error:
            problems.append(str(error))
    if problems:
        raise ParameterError("\n".join(problems))
    return values


def read(parameter: Parameter, text: str) -> Any:
    """Return the value that a text has for one parameter.

    Raises:
        ParameterError: It has none.
    """
    try:
        value = _READERS[parameter.kind](parameter, text)
        _check_range(parameter, value)
    except _Wrong as wrong:
        hint = f" ({wrong})" if str(wrong) else ""
        found = "a text (not shown)" if parameter.is_secret or parameter.is_file else _shown(text)
        raise ParameterError(
            f"{parameter.name}: found {found}, expected {expected(parameter)}{hint}"
        ) from None
    return value


def secrets(parameters: Sequence[Parameter], texts: Mapping[str, str]) -> dict[str, str]:
    """Return name -> secret of those that were set: for the runner, and nobody else."""
    names = {one.name for one in parameters if one.is_secret}
    return {name: text for name, text in texts.items() if name in names and text}


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as a plan keeps them: JSON, with lists, and with `HIDDEN` for secrets."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def expected(parameter: Parameter) -> str:
    """Return what a text of this parameter must be: `a size such as 500M or 2GiB, 1.0G or more`."""
    if parameter.kind is Kind.CHOICE:
        return f"one of {', '.join(parameter.choices)}"
    return _EXPECTED[parameter.kind] + _range(parameter)


def shown_default(parameter: Parameter) -> str:
    """Return the default as a catalogue shows it."""
    if parameter.default is None:
        return "must be set"
    return (HIDDEN if parameter.is_secret else parameter.default) if parameter.default else "empty"


def of_file(content: bytes) -> str:
    """Return a file's content as the text of a parameter: as it is, or as a `data:` URI if it is no text."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text and not text.startswith(_DATA):
        return text
    return _DATA + base64.b64encode(content).decode("ascii")


def to_file(text: str) -> bytes:
    """Return the content that `of_file` was given.

    Raises:
        ValueError: It is no such text.
    """
    if text.startswith(_DATA):
        return base64.b64decode(text.removeprefix(_DATA), validate=True)
    return text.encode()


def has_private_key(text: str) -> bool:
    """Return whether a file's text has a private key in PEM: a secret, whatever it was given as."""
    return _PRIVATE.search(text) is not None


def _unknown(name: str, parameters: Sequence[Parameter]) -> str:
    known = [parameter.name for parameter in parameters]
    near = difflib.get_close_matches(name.replace("-", "_"), known, n=2, cutoff=0.6)
    if near:
        help_ = f"did you mean {' or '.join(near)}?"
    else:
        help_ = f"there are: {', '.join(known)}" if known else "this recipe has none"
    return f"{clean_line(name, SHOWN_CHARS)}: there is no such parameter; {help_}"


def _shown(text: str) -> str:
    return f'"{clean_line(text, SHOWN_CHARS)}"' if text.strip() else "an empty text"


def _text(_parameter: Parameter, text: str) -> str:
    return _printable(text)


def _texts(_parameter: Parameter, text: str) -> tuple[str, ...]:
    r"""Return the texts between commas; `\,` is a comma that belongs to a text."""
    parts = (part.replace("\\,", ",").strip() for part in _COMMA.split(_printable(text)))
    return tuple(part for part in parts if part)


def _printable(text: str) -> str:
    """Return the text, stripped, when it can be shown as it is: what is confirmed must be what is done."""
    if len(text) > TEXT_LIMIT_CHARS:
        raise _Wrong(f"it has {len(text)} characters; at most {TEXT_LIMIT_CHARS}")
    stripped = text.strip()
    if clean(stripped, TEXT_LIMIT_CHARS) != stripped or not {"\n", "\t"}.isdisjoint(stripped):
        raise _Wrong("it has control characters, or is not UTF-8")
    return stripped


def _choice(parameter: Parameter, text: str) -> str:
    word = text.strip()
    if word in parameter.choices:
        return word
    near = difflib.get_close_matches(word[:SHOWN_CHARS], parameter.choices, n=1, cutoff=0.6)
    raise _Wrong(f"did you mean {near[0]}?" if near else "")


def _whole(_parameter: Parameter, text: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise _Wrong
    return int(text)


def _percent(_parameter: Parameter, text: str) -> float:
    found = _PERCENT.fullmatch(text.strip())
    if found is None or float(found[1]) > 100:
        raise _Wrong
    return float(found[1])


def _bytes(_parameter: Parameter, text: str) -> int:
    return _measured(parse_bytes, text)


def _duration(_parameter: Parameter, text: str) -> float:
    return _measured(parse_duration, text)


def _measured(parse: Callable[[str], Number], text: str) -> Number:
    if len(text) > _NUMBER_LIMIT_CHARS:
        raise _Wrong
    try:
        value = parse(text)
    except ValueError:
        raise _Wrong("a number needs its unit" if text.strip().isdigit() else "") from None
    if not math.isfinite(value):
        raise _Wrong
    return value


def _flag(_parameter: Parameter, text: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise _Wrong
    return word in _YES


def _file(_parameter: Parameter, text: str) -> str:
    if len(text) > _FILE_LIMIT_CHARS or "\0" in text:
        raise _Wrong
    if has_private_key(text):
        raise _Wrong("it has a private key: that is given as a secret only")
    return text


def _secret(parameter: Parameter, text: str) -> str:
    limit = SECRET_LIMIT_CHARS if parameter.kind is Kind.SECRET else _FILE_LIMIT_CHARS
    if len(text) > limit or "\0" in text:
        raise _Wrong
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Wrong from None
    return HIDDEN if text else ""


def _check_range(parameter: Parameter, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        below = parameter.minimum is not None and value < parameter.minimum
        above = parameter.maximum is not None and value > parameter.maximum
        if below or above:
            raise _Wrong
    elif parameter.default is None and not value and value is not False:
        raise _Wrong("it must be set")


def _range(parameter: Parameter) -> str:
    low, high = (
        None if limit is None else _WRITTEN.get(parameter.kind, _whole_or_not)(limit)
        for limit in (parameter.minimum, parameter.maximum)
    )
    if low and high:
        return f" from {low} to {high}"
    return f", {low} or more" if low else f", {high} or less" if high else ""


def _whole_or_not(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


_READERS: Mapping[Kind, Callable[[Parameter, str], Any]] = {
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.WHOLE: _whole,
    Kind.PERCENT: _percent,
    Kind.BYTES: _bytes,
    Kind.DURATION: _duration,
    Kind.FLAG: _flag,
    Kind.TEXTS: _texts,
    Kind.SECRET: _secret,
    Kind.FILE: _file,
    Kind.SECRET_FILE: _secret,
}
_EXPECTED: Mapping[Kind, str] = {
    Kind.TEXT: "a text",
    Kind.WHOLE: "a whole number",
    Kind.PERCENT: "a share such as 25%",
    Kind.BYTES: "a size such as 500M or 2GiB",
    Kind.DURATION: "a duration such as 15m, 12h or 30d",
    Kind.FLAG: "yes or no",
    Kind.TEXTS: "texts separated by commas",
    Kind.SECRET: f"a text of at most {SECRET_LIMIT_CHARS} characters without NUL",
    Kind.FILE: f"the path of a file on this machine, at most {FILE_LIMIT_BYTES // 1024} KiB",
    Kind.SECRET_FILE: f"the path of a secret file on this machine, at most {FILE_LIMIT_BYTES // 1024} KiB",
}
_WRITTEN: Mapping[Kind, Callable[[float], str]] = {
    Kind.BYTES: format_bytes,
    Kind.DURATION: format_duration,
    Kind.PERCENT: "{:g}%".format,
}
