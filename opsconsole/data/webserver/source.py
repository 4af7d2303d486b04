"""The configuration files that were sent: which a pattern means, and how much of them is read at most."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence

from opsconsole.data.logrotate_rule import is_glob, matches
from opsconsole.data.text import clean_line
from opsconsole.data.webserver.model import (
    MOST_FILES,
    MOST_PROBLEMS,
    MOST_SERVERS,
    Files,
    Kind,
    Server,
    Sites,
    Trouble,
)

MOST_BYTES = 2 * 2**20  # of all files together, each as often as it is included
MOST_NESTING = 16
MOST_PATH = 4096
_MOST_MATCHES = 100_000
_MESSAGE_CHARS = 300


class Source:
    """Hands out the files of one program, and remembers what could not be followed.

    Args:
        files: Absolute path -> content.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self.troubles: list[Trouble] = []
        self.read: list[str] = []
        self.wanted: list[str] = []
        self._bytes_left = MOST_BYTES
        self._matches_left = _MOST_MATCHES
        self._sorted = sorted(files)
        self._found: dict[str, list[str]] = {}
        self._enough = False

    def find(self, pattern: str) -> list[str]:
        """Return the paths that a path or a glob means among those that were sent, sorted as glob(3) does."""
        if self._enough or not is_glob(pattern):
            return [pattern] if pattern in self.files and not self._enough else []
        if pattern not in self._found:
            self._found[pattern] = self._among(pattern, matches)
        return self._found[pattern]

    def below(self, folder: str) -> list[str]:
        """Return the paths of all files in a folder and its folders."""
        start = folder.rstrip("/") + "/"
        if start not in self._found:  # no glob of `find` ends like this
            self._found[start] = self._among(start, lambda beginning, path: path.startswith(beginning))
        return [] if self._enough else self._found[start]

    def _among(self, pattern: str, means: Callable[[str, str], bool]) -> list[str]:
        self._matches_left -= len(self._sorted)
        if self._matches_left < 0 or len(pattern) > MOST_PATH:
            self.note("", 0, "not all includes were followed: they are too many or too long")
            return []
        return [path for path in self._sorted if means(pattern, path)]

    def text(self, path: str) -> str | None:
        """Return a file as exact text; None when so much was read that it is enough."""
        content = self.files[path]
        self._bytes_left -= len(content) + 64
        if self._bytes_left < 0 or len(self.read) >= MOST_FILES:
            self._enough = True
            self.note(path, 0, "not read: the configuration is too large")
            return None
        if path not in self.read[-1:]:
            self.read.append(path)
        return content.decode("utf-8", "surrogateescape")

    def note(self, file: str, line: int, message: str, *, hides: bool = True) -> None:
        """Remember what could not be followed, so many at most."""
        if len(self.troubles) < MOST_PROBLEMS:
            words = clean_line(message.encode("utf-8", "surrogateescape"), _MESSAGE_CHARS)
            made = Trouble(file, line, words, hides)
            if made not in self.troubles:
                self.troubles.append(made)

    def want(self, pattern: str) -> None:
        """Remember what is included and was not sent."""
        if len(self.wanted) < MOST_PROBLEMS and pattern not in self.wanted and len(pattern) <= MOST_PATH:
            self.wanted.append(pattern)

    def sites(self, kind: Kind, servers: Sequence[Server]) -> Sites:
        """Return all that was read."""
        if len(servers) > MOST_SERVERS:
            self.note("", 0, f"only the first {MOST_SERVERS} of {len(servers)} servers are shown")
        read = tuple(dict.fromkeys(self.read))
        return Sites(kind, tuple(servers[:MOST_SERVERS]), tuple(self.troubles), read, tuple(self.wanted))


def absolute(base: str, path: str) -> str:
    """Return a path as absolute: one that is not is below `base`."""
    return posixpath.normpath(posixpath.join(base, path)) if path else ""
