"""Whether a line of shell has a client renew certificates. Pure.

Only what is sure counts: the client is the command itself, perhaps behind `sudo` and the like, and is told to
renew. A line that merely has a client's name in it, such as a backup of /etc/letsencrypt, may do anything. A
command behind `&&` is surely run only where what is before it stands in the cron jobs of clients' packages.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator

_CERTBOTS = ("certbot", "certbot-auto", "letsencrypt", "letsencrypt-auto")
_RENEWS: dict[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(_CERTBOTS, ("certbot", frozenset({"renew"}))),
    "acme.sh": ("acme.sh", frozenset({"--cron", "--renew-all", "--renewAll"})),
    "dehydrated": ("dehydrated", frozenset({"-c", "--cron"})),
    "lego": ("lego", frozenset({"renew", "run"})),
    "snap": ("certbot", frozenset({"certbot.renew"})),
}
"""Program -> the client that it is, and the words that have it renew."""
_CERTBOT_VALUED = frozenset(
    {"-c", "--config", "--config-dir", "--work-dir", "--logs-dir", "--server", "--max-log-backups"}
    | {"-m", "--email", "--pre-hook", "--post-hook", "--deploy-hook", "--renew-hook"}
)
"""certbot's options with a value that may stand before its command."""
_NOT_ALL = ("--dry-run", "--cert-name")  # nothing at all, or one certificate of several
_HELP = frozenset({"-h", "--help", "help", "--version"})  # wherever it stands, certbot does nothing else
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
    return next((client for words in _reached(_commands(line)) if (client := _client(words))), "")


def _reached(commands: Iterable[tuple[str, list[str]]]) -> Iterator[list[str]]:
    """Yield the commands that are surely run, whatever those before them end with."""
    sure = within = True  # within: of the groups that are open, none is behind what is not sure
    before: list[str] = []
    for sign, words in commands:
        if "||" in sign or ("&&" in sign and not _passes(before)):
            sure = False
        elif ";" in sign or sign.strip("()") == "&":
            sure = within
        if not sure and ("(" in sign or words[:1] == ["{"]):
            within = False  # where it ends is not looked for
        if sure:
            yield words
        before = words


def _passes(words: list[str]) -> bool:
    """Whether a command ends well: a wait, or a test of what holds wherever a client can do anything."""
    match [posixpath.basename(word) for word in words[:1]] + words[1:]:
        case ["sleep", *_]:
            return True
        case ["perl", "-e", text]:
            return re.fullmatch(r"\s*sleep\b[^;&|]*;?\s*", text) is not None
        case [python, "-c", text] if python.startswith("python"):
            return re.fullmatch(r"(?:\s*import [\w, ]+;)*\s*time\.sleep\([^;]*\)\s*;?\s*", text) is not None
        case ["test", *conditions] | ["[", *conditions, "]"]:
            return all(map(_holds, " ".join(conditions).split(" -a ")))
    return False


def _holds(condition: str) -> bool:
    if condition == "! -d /run/systemd/system":  # of a cron job; where systemd runs a timer does the same
        return True
    sign, _, path = condition.partition(" ")
    return sign in ("-e", "-f", "-x") and posixpath.basename(path) in _RENEWS


def _commands(line: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what stands before each simple command, and its words without redirections.

    None where a quote stays open.
    """
    found: list[tuple[str, list[str]]] = [("", [])]
    at, to_file = 0, False
    while at < len(line):
        token = _TOKEN.match(line, at)
        if token is None:
            return
        at, word = token.end(), token["word"]
        if token["sign"]:
            before = "" if found[-1][1] else found.pop()[0]  # `) &&`: no command is between them
            found.append((before + token["sign"], []))
        elif word and word.startswith("#"):
            break
        elif word and not to_file:
            found[-1][1].append("".join(shlex.split(word)))
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
            said = _command(words[1:]) if program in _CERTBOTS else words[1:]
            part = any(word.startswith(_NOT_ALL) for word in words)
            return client if asked.intersection(said) and not part and not _HELP.intersection(words) else ""
    return ""


def _command(words: list[str]) -> list[str]:
    """Return the first of certbot's words that is no option: what it is told to do."""
    while words and words[0].startswith("-"):
        words = words[2 if words[0] in _CERTBOT_VALUED else 1 :]
    return words[:1]


def _wrapped(words: list[str], valued: str, before: int) -> list[str]:
    """Return the command that follows a wrapper's own options and words."""
    while words and words[0].startswith("-"):
        words = words[2 if not words[0].startswith("--") and words[0][-1] in valued else 1 :]
    return words[before:]
