"""Commands as they are shown before they run: exact, and harmless to the screen and to a clipboard.

What `clean` would drop must not be dropped here: a file name with a bidirectional mark would read as another
one. So an argument with anything in it that does not show is written as `$'…'` with escapes, which bash reads
back as the same bytes.
"""

from __future__ import annotations

import re
import shlex

from opsconsole.data.host import Command
from opsconsole.data.text import clean
from opsconsole.recipes.recipe import HIDDEN

FOLDED_CHARS = 400
_SECRET = re.compile(rb"\x00opsconsole-secret:[^\x00]{1,100}\x00")
_ESCAPED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\x1b": "\\e", "\\": "\\\\", "'": "\\'"}


def shown(text: str) -> bool:
    """Whether every character of a text shows; newlines and tabs do."""
    return clean(text, max(1, len(text))) == text


def quoted(argument: str) -> str:
    r"""Return an argument as a shell would read it; with escapes where it has what does not show.

    >>> print(quoted("a b"), quoted("a\x1b[2Jb"))
    'a b' $'a\e[2Jb'
    """
    if shown(argument):
        return shlex.quote(argument)
    return "$'" + "".join(escaped(char) for char in argument) + "'"


def escaped(char: str) -> str:
    """Return a character that does not show as an escape."""
    if char in _ESCAPED:
        return _ESCAPED[char]
    if shown(char):
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8, as os.fsdecode gives it
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """Return a text on one line, with what does not show written as escapes: it may be the name of a file."""
    if "\n" not in text and "\t" not in text and shown(text):
        return text
    return "".join(char if char not in "\n\t" and shown(char) else escaped(char) for char in text)


def exact(command: Command) -> str:
    """Return the whole command as a shell would read it, for the screen and for the clipboard."""
    return ("sudo " if command.sudo else "") + " ".join(quoted(argument) for argument in command.argv)


def folded(command: Command) -> str:
    """Return the command on one short line: what does not fit is told by its length."""
    words: list[str] = ["sudo"] if command.sudo else []
    for at, argument in enumerate(command.argv):
        words.append(
            f"‹script, {len(argument.strip().splitlines())} lines›"
            if _is_script(argument)
            else quoted(argument)
        )
        if len(" ".join(words)) > FOLDED_CHARS:
            words[-1] = f"‹{len(command.argv) - at:,} arguments more›"
            break
    return " ".join(words)


def is_long(command: Command) -> bool:
    """Whether there is more to it than `folded` shows."""
    return any(_is_script(argument) for argument in command.argv) or len(exact(command)) > FOLDED_CHARS


def _is_script(argument: str) -> bool:
    return "\n" in argument.strip("\n") and shown(argument)


def given(command: Command) -> str:
    """Return what the command reads on its standard input, with secrets hidden, as text that shows."""
    if command.stdin is None:
        return ""
    text = _SECRET.sub(HIDDEN.encode(), command.stdin).decode("utf-8", "surrogateescape")
    return "".join(char if shown(char) else escaped(char) for char in text)
