"""Whether a line of shell has a client renew certificates. Pure.

Only what is sure counts: the client is the command itself, perhaps behind `sudo` and the like, and is told to
renew. A line that merely has a client's name in it, such as a backup of /etc/letsencrypt, may do anything.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator

_RENEWS: dict[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(
        ("certbot", "certbot-auto", "letsencrypt", "letsencrypt-auto"), ("certbot", frozenset({"renew"}))
    ),
    "acme.sh": ("acme.sh", frozenset({"--cron", "--renew-all", "--renewAll"})),
    "dehydrated": ("dehydrated", frozenset({"-c", "--cron"})),
    "lego": ("lego", frozenset({"renew", "run"})),
    "snap": ("certbot", frozenset({"certbot.renew"})),
}
"""Program -> the client that it is, and the words that have it renew."""
_NOT_ALL = ("--dry-run", "--cert-name")  # nothing at all, or one certificate of several
_WRAPPERS = {
    "chronic": ("", 0),
    "command": ("", 0),
    "cronic": ("", 0),
    "env": ("uC", 0),
    "exec": ("a", 0),
    "flock": ("wE", 1),
    "ionice": ("cn", 0),
    "nice": ("n", 0),
    "nohup": ("", 0),
    "setsid": ("", 0),
    "sudo": ("ughpCDRT", 0),
    "systemd-cat": ("tp", 0),
    "time": ("fo", 0),
    "timeout": ("ks", 1),
}
"""Program that runs another one -> its options with a value, and how many words stand before that one."""
_SHELLS = frozenset({"ash", "bash", "dash", "sh"})
_KEYWORDS = frozenset({"!", "do", "elif", "else", "if", "then", "until", "while", "{"})
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<to_file>\d*(?:&?>[>&|]?|<[<&>]*))|(?P<sign>[;&|()]+)"""
    r"""|(?P<word>(?:[^\s;&|()<>'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)|\\?\Z)""",
    re.DOTALL,
)  # a backslash at the end: the command goes on in the next line


def renewing(line: str) -> str:
    """Return the client that a line has renew what it keeps; empty: none of which that is sure.

    >>> [renewing(line) for line in ("nice -n 9 /usr/bin/certbot -q renew", "rsync -a /etc/letsencrypt b:/")]
    ['certbot', '']
    """
    return next((client for words in _commands(line) if (client := _client(words))), "")


def _commands(line: str) -> Iterator[list[str]]:
    """Yield the words of each simple command, without redirections; none where a quote stays open."""
    found: list[list[str]] = [[]]
    at, to_file = 0, False
    while at < len(line):
        token = _TOKEN.match(line, at)
        if token is None:
            return
        at, word = token.end(), token["word"]
        if token["sign"]:
            found.append([])
        elif word and word.startswith("#"):
            break
        elif word and not to_file:
            found[-1].append("".join(shlex.split(word)))
        to_file = token["to_file"] is not None
    yield from found


def _client(words: list[str]) -> str:
    """Return the client that one simple command has renew, or empty."""
    while words:
        program = posixpath.basename(words[0])
        if words[0] in _KEYWORDS or _ASSIGNED.fullmatch(words[0]):
            words = words[1:]
        elif program in _WRAPPERS:
            words = _wrapped(words[1:], *_WRAPPERS[program])
        elif program in _SHELLS:
            return renewing(words[2]) if len(words) > 2 and re.fullmatch(r"-\w*c", words[1]) else ""
        else:
            client, asked = _RENEWS.get(program, ("", frozenset()))
            sure = asked.intersection(words[1:]) and not any(word.startswith(_NOT_ALL) for word in words)
            return client if sure else ""
    return ""


def _wrapped(words: list[str], valued: str, before: int) -> list[str]:
    """Return the command that follows a wrapper's own options and words."""
    while words and words[0].startswith("-"):
        words = words[2 if not words[0].startswith("--") and words[0][-1] in valued else 1 :]
    return words[before:]
