"""What a secret looks like: assignments, URLs with a password, headers, keys, tokens. See `redact`.

What a host says may hold a password as it is, with any sign in it: it goes up to the next blank. In a plan
stands sh, where `password=$1` is no secret and `;` ends a word: there a value is what a word of sh is.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import dataclass

MARK = "[redacted]"
_HIDDEN = r"(?:\[redacted\]|•{3,}+|\*{3,}+)"
_ALREADY = rf"(?!\\{{0,8}}[\"']?{_HIDDEN})"

# A name that holds a secret: `DB_PASSWORD`, `secret-access-key`, `apiKey2`. `PWD` alone is a folder.
_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|(?<!opsconsole-)secret(?:[_-]?access)?(?:[_-]?key)?|api[_-]?key|access[_-]?key"
    r"|private[_-]?key|auth[_-]?key|account[_-]?key|signing[_-]?key|encryption[_-]?key|token|credential"
    r"|(?<![a-z])(?-i:pwd)|(?-i:_PWD)|(?<=[_-])pass)"
    r"(?:[_-]?(?:value|string|text|hash|base64|b64|[0-9]{1,3}))?s?"
)
_WHOLE_NAME = re.compile(rf"[a-z0-9_.-]{{0,64}}?{_NAME}", re.IGNORECASE)
_OPTION = re.compile(rf"--?[a-z0-9-]{{0,64}}?{_NAME}", re.IGNORECASE)

_SIGN = r"[ \t]*+(?>=>|:=|[:=])[ \t]*+"
_AS_OPTION = rf"(?<![A-Za-z0-9-])--(?:[A-Za-z0-9]{{1,24}}-){{0,4}}?{_NAME}[ \t]++(?!-)"

# A quoted value goes to its quote, or to the end of the line where an excerpt was cut.
_QUOTED = (
    r"(?:\"(?:[^\"\\\n]|\\[^\n]|\"\")*+\"?|'(?:[^'\\\n]|\\[^\n]|'')*+'?"
    r"|(?P<quote>\\{1,8}[\"'])(?:(?!(?<!\\)(?P=quote))[^\n])*+(?P=quote)?)"
)
# What a host says. What hangs on a closing quote is the value's as well: a password may begin with a quote.
_TO_BLANK = (
    rf"(?!\\{{0,8}}[\"']?{_HIDDEN}\\{{0,8}}[\"']?(?:\s|$))"  # it stands for a secret already
    r"(?![\[({][ \t]*+(?:[\r\n]|$))"  # what it is comes on the lines below
    rf"(?=\S){_QUOTED}*+\S*+"
)
# `pass` alone is a word of prose as well (`first pass: 3 s`), and `-passin pass:` in a plan says: none.
_LONE = r"(?<![a-z])(?:pass|(?-i:Pwd))"
_LONE_ASSIGNED = rf"{_LONE}[ \t]*+(?:=|:(?=\S))[ \t]*+|(?m:^)[ \t-]*+pass[ \t]*+:[ \t]*+"
_ASSIGNED = re.compile(rf"((?:{_NAME}{_SIGN}|{_LONE_ASSIGNED})){_TO_BLANK}", re.IGNORECASE)
_OPTION_IN_TEXT = re.compile(rf"({_AS_OPTION}){_TO_BLANK}", re.IGNORECASE)
# Behind a name in quotes, as in JSON, the structure goes on where the value ends.
# A list that is not closed goes to the end of the line, as a quoted value does: were it taken for less, each
# of many would be looked at to the end first.
_GOES_ON = r"(?:\s|$|,(?:\s|\\{0,8}[\"']|$)|[}\])])"
_KEYED = re.compile(
    rf"((?:{_NAME}|{_LONE})\\{{0,8}}[\"']{_SIGN})"
    rf"(?!\\{{0,8}}[\"']?{_HIDDEN}\\{{0,8}}[\"']?{_GOES_ON})(?![\[{{][ \t]*+(?:[\r\n]|$))"
    rf"(?=\S)(?:{_QUOTED}|\[[^\]\n]*+\]?|\{{[^}}\n]*+\}}?|-?[0-9][0-9.e+-]*+|true|false|null)?+(?:(?={_GOES_ON})|\S++)",
    re.IGNORECASE,
)
# What stands in a plan.
_WORD = (
    r"(?![\\\"']{0,4}\$[A-Za-z_{(0-9])"  # the name of a variable
    r"(?:\"(?:[^\"\\\n]|\\[^\n])*+\"?|'[^'\n]*+'?|\\{1,8}[\"'][^\"'\n]*+|[^\s\"'\\,;&|<>(){}\[\]][^\s\"',;&|<>)}\]]*+)"
)
_ASSIGNED_IN_PLAN = re.compile(rf"({_NAME}(?:\\{{0,8}}[\"'])?{_SIGN}){_ALREADY}{_WORD}", re.IGNORECASE)
_OPTION_IN_PLAN = re.compile(rf"({_AS_OPTION}){_ALREADY}{_WORD}", re.IGNORECASE)
_URL = re.compile(
    rf"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{{1,30}}://[^\s/?#:@\"'<>]{{0,256}}:){_ALREADY}[^\s/?#\"'<>]{{1,512}}@",
    re.IGNORECASE,
)
# The value of a header: in quotes or a list as programs print it, else to the end of the line, or to the
# quote that the whole header stands in. `name="text"` does not end it: cookies and Digest are written so.
_HEADER = re.compile(
    r"((?:proxy-)?authorization|x-(?:api-key|auth-token|vault-token|amz-security-token)|(?:set-)?cookie)"
    rf"(\\{{0,8}}[\"']?[ \t]{{0,8}}+[:=][ \t]*+){_ALREADY}(?!\"\"|'')"
    rf"(?:{_QUOTED}|\[(?![ \t]*+(?:[\r\n]|$))[^\]\n]*+\]?|(?:basic|bearer)[ \t]++[^\r\n\"'\\]++"
    r"|[^\r\n\"'\\\[][^\r\n\"'\\]*+(?:(?<==)\\{0,8}\"[^\r\n\"]*+\"?[^\r\n\"'\\]*+)*+)",
    re.IGNORECASE,
)
_BEARER = re.compile(rf"\b(bearer[ \t]{{1,8}}){_ALREADY}[a-z0-9._~+/=-]{{8,}}+", re.IGNORECASE)
# Programs that take a password in an argument, as sudo writes their command lines into the journal.
_TOOL = re.compile(
    r"\b((?>sshpass[ \t]++-p[ \t]*+|(?:mysql|mariadb)[a-z_-]{0,16}[ \t](?:[^\n;|&]{0,200}?[ \t])??-p(?=\S)"
    r"|redis-cli[ \t](?:[^\n;|&]{0,200}?[ \t])??-a[ \t]++"
    r"|curl[ \t](?:[^\n;|&]{0,400}?[ \t])??(?:-u|--user)[ \t=]*+[^\s:]{1,64}+:))"
    rf"{_ALREADY}(?=\S){_QUOTED}*+\S*+"
)
_START = r"(?<![A-Za-z0-9_-])"
_TOKEN = re.compile(
    rf"{_START}(?:(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{{16}}(?![A-Za-z0-9])"
    r"|gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{20,}+|glpat-[A-Za-z0-9_-]{20,}+"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}+|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}+"
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}+|npm_[A-Za-z0-9]{36}|sk-[A-Za-z0-9_-]{20,}+"
    r"|hv[sbr]\.[A-Za-z0-9_-]{20,}+|do[opr]_v1_[0-9a-f]{64}|AGE-SECRET-KEY-1[0-9A-Z]{20,}+"
    r"|eyJ[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{10,}+(?:\.[A-Za-z0-9_-]*+)?)"
)
_CRYPT = re.compile(r"\$(?:1|2[abxy]?|5|6|7|y|gy|argon2id?)\$[./A-Za-z0-9$=,+-]{20,}+")
_KEY_MARK = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_CHARS = frozenset(string.ascii_letters + string.digits + "+/= \t\r\n\\")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of secret.

    Attributes:
        hints: Without any of these, in lower case, there is none of it in a text.
        redact: Returns a text without it.
    """

    hints: tuple[str, ...]
    redact: Callable[[str], str]


def is_secret_name(name: str) -> bool:
    """Return whether what a name stands for is a secret."""
    return len(name) <= 128 and _WHOLE_NAME.fullmatch(name) is not None


def is_secret_option(word: str) -> bool:
    """Return whether a word of a command line is an option such as `--password`, with its value behind it."""
    return len(word) <= 128 and word.startswith("-") and _OPTION.fullmatch(word) is not None


def shown_as_hidden(text: str) -> bool:
    """Return whether a text already stands for a secret, or for none."""
    return text in {"", MARK, "•••", "***"}


def _keys(text: str) -> str:
    """Take out private keys: whole ones, and those whose beginning or end was cut off."""
    parts: list[str] = []
    at = 0
    inside = False
    for mark in _KEY_MARK.finditer(text):
        if mark[1] == "BEGIN" and not inside:
            parts += [text[at : mark.start()], MARK]
            inside = True
        elif mark[1] == "END":
            if not inside:  # Its beginning was cut off: all that may be base64 before it.
                start = mark.start()
                while start > at and text[start - 1] in _KEY_CHARS:
                    start -= 1
                parts += [text[at:start], MARK]
            inside = False
            at = mark.end()
    return "".join(parts if inside else [*parts, text[at:]])


def _hiding(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """Return what keeps the first group of what is found, and hides the rest."""
    return lambda text: pattern.sub(rf"\g<1>{MARK}", text)


_NAME_HINTS = ("pass", "pwd", "secret", "key", "token", "credential")
_TOKEN_HINTS = (
    *("akia", "asia", "aroa", "aida", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-"),
    *("xoxa", "xoxb", "xoxe", "xoxp", "xoxr", "xoxs", "aiza", "ya29.", "k_live_", "k_test_", "npm_", "sk-"),
    *("hvs.", "hvb.", "hvr.", "dop_v1_", "doo_v1_", "dor_v1_", "age-secret-key-", "eyj"),
)
_CRYPT_HINTS = ("$1$", "$2", "$5$", "$6$", "$7$", "$y$", "$gy$", "$argon2")
_BEFORE = (
    Pattern((" private key",), _keys),
    Pattern(("://",), lambda text: _URL.sub(rf"\g<1>{MARK}@", text)),
    Pattern(
        ("authorization", "cookie", "x-api-key", "x-auth-token", "x-vault-token", "x-amz-security-token"),
        lambda text: _HEADER.sub(rf"\g<1>\g<2>{MARK}", text),
    ),
    Pattern(("bearer",), _hiding(_BEARER)),
)
_BEHIND = (
    Pattern(_CRYPT_HINTS, lambda text: _CRYPT.sub(MARK, text)),
    Pattern(_TOKEN_HINTS, lambda text: _TOKEN.sub(MARK, text)),
)
_ASSIGNMENTS = (_KEYED, _ASSIGNED, _OPTION_IN_TEXT)
_IN_PLAN = (_ASSIGNED_IN_PLAN, _OPTION_IN_PLAN)
PATTERNS = (
    *_BEFORE,
    Pattern(("mysql", "mariadb", "sshpass", "redis-cli", "curl"), _hiding(_TOOL)),
    *(Pattern(_NAME_HINTS, _hiding(one)) for one in _ASSIGNMENTS),
    *_BEHIND,
)
"""Of what a host says. In this order: a whole header goes before the token in it."""
PLAN_PATTERNS = (*_BEFORE, *(Pattern(_NAME_HINTS, _hiding(one)) for one in _IN_PLAN), *_BEHIND)
"""Of what stands in a plan."""
HINTS = tuple(sorted({hint for pattern in PATTERNS for hint in pattern.hints}))
"""Without any of these in a text, in lower case, there is nothing to redact in it."""
FIRST_HINTS = (
    *("key", "pass", "pwd", "secret", "token", "credential", "://", "authorization", "cookie", "bearer"),
    *("gh", "glpat-", "xox", "$", "hv", "_v1_", "k_", "sk-", "npm_", "akia", "asia", "aroa", "aida", "aiza"),
    *("ya29.", "eyj", "github_pat_", "mysql", "mariadb", "redis-cli", "curl"),
)
"""One of these is in each of `HINTS`, and they are far fewer to look for."""
