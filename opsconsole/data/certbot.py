"""certbot's own records: `renewal/NAME.conf` and the lineages in `live/`.

Pure: the files' contents are handed in. Whatever the bytes, there is an answer.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from opsconsole.data.text import clean_line

HOME = "/etc/letsencrypt"
MOST_LINEAGES = 2000
DAYS_BEFORE_EXPIRY = 30.0  # certbot's own default; newer versions: a third of the lifetime, or as ARI says


@dataclass(frozen=True, slots=True)
class Lineage:
    """A certificate that certbot keeps.

    Attributes:
        name: Its name (`--cert-name`).
        file: Its renewal file.
        certificate: Path of `cert.pem`, exact text.
        key: Path of `privkey.pem`.
        chain: Path of `chain.pem`.
        fullchain: Path of `fullchain.pem`, what servers show.
        archive: Folder of the versions.
        version: certbot's version that wrote the file.
        authenticator: Such as `nginx`, `webroot`, `standalone`, `manual`, `dns-route53`; empty: not said.
        installer: Such as `nginx`; empty: none.
        server: Directory URL of the ACME server.
        renew_before_days: It is renewed when so many days are left; None: certbot's own rule, or not known.
        renew_before_unread: What the file says of that, where it cannot be read; else empty.
        autorenew: Whether `certbot renew` takes it.
        key_kind: `rsa` or `ecdsa`; empty: not said.
        pre_hook: Command run before, or empty.
        post_hook: Command run after.
        deploy_hook: Command run after a renewal (`renew_hook`).
        problems: What is wrong with the file, in words; certbot skips such a lineage.
    """

    name: str
    file: str
    certificate: str
    key: str
    chain: str
    fullchain: str
    archive: str
    version: str = ""
    authenticator: str = ""
    installer: str = ""
    server: str = ""
    renew_before_days: float | None = None
    renew_before_unread: str = ""
    autorenew: bool = True
    key_kind: str = ""
    pre_hook: str = ""
    post_hook: str = ""
    deploy_hook: str = ""
    problems: tuple[str, ...] = ()

    @property
    def live(self) -> str:
        """Folder of its links."""
        return posixpath.dirname(self.fullchain or self.certificate)


_MOST_LINES = 2000
_MOST_LINE = 8192
_TEXT_CHARS = 1024
_SECTION = re.compile(r"(\[+)([^\[\]]*)(\]+)\s*(?:#.*)?")
_SPAN = re.compile(
    r"(\d{1,5}(?:\.\d{1,3})?)\s*"
    r"(seconds?|minutes?|mins?|hours?|hr|days?|weeks?|months?|years?|[smhdwy])(?:\s+(?:and\s+)?|\Z)"
)
_DAYS = {"s": 1 / 86400, "m": 1 / 1440, "h": 1 / 24, "d": 1.0, "w": 7.0, "mo": 30.0, "y": 365.0}
_NEEDED = ("cert", "privkey", "chain", "fullchain")
_FALSE = frozenset({"false", "off", "no", "0"})


def lineages(files: Mapping[str, bytes]) -> tuple[Lineage, ...]:
    """Return the lineages of the renewal files among `files` (absolute path -> content), by name."""
    found = [path for path in files if _is_renewal(path)]
    return tuple(parse(path, files[path]) for path in sorted(found)[:MOST_LINEAGES])


def parse(path: str, content: bytes) -> Lineage:
    """Return what one renewal file says; what is wrong with it is in `problems`."""
    top, renewal, wrong = _settings(content.decode("utf-8", "surrogateescape"))
    name = posixpath.basename(path).removesuffix(".conf")
    # Where certbot does not find a folder for the versions it is beside `live`.
    home = posixpath.dirname(posixpath.dirname(path))
    problems = [f"line {number} cannot be read" for number in wrong[:5]]
    missing = [key for key in _NEEDED if not top.get(key, "").startswith("/")]
    if missing:
        problems.append("it does not say where these are: " + ", ".join(missing))
    if not renewal:
        problems.append("it has no [renewalparams]: certbot cannot renew it")
    elif not renewal.get("authenticator"):
        problems.append("it names no authenticator")
    before = top.get("renew_before_expiry")
    before_days = None if before is None else _days(before)
    paths = {key: _path(top.get(key, "")) for key in (*_NEEDED, "archive_dir")}
    return Lineage(
        name=name,
        file=path,
        certificate=paths["cert"],
        key=paths["privkey"],
        chain=paths["chain"],
        fullchain=paths["fullchain"],
        archive=paths["archive_dir"] or posixpath.join(home, "archive", name),
        version=_shown(top, "version"),
        authenticator=_shown(renewal, "authenticator"),
        installer=_shown(renewal, "installer"),
        server=_shown(renewal, "server"),
        renew_before_days=before_days,
        renew_before_unread=_clean(before) or "nothing" if before is not None and before_days is None else "",
        autorenew=renewal.get("autorenew", "").lower() not in _FALSE,
        key_kind=_shown(renewal, "key_type"),
        pre_hook=_shown(renewal, "pre_hook"),
        post_hook=_shown(renewal, "post_hook"),
        deploy_hook=_shown(renewal, "renew_hook"),
        problems=tuple(problems),
    )


def _is_renewal(path: str) -> bool:
    folder = posixpath.dirname(path)
    return path.endswith(".conf") and path.startswith("/") and posixpath.basename(folder) == "renewal"


def _settings(text: str) -> tuple[dict[str, str], dict[str, str], list[int]]:
    """Return the top settings, those of [renewalparams], and the lines that are neither."""
    top: dict[str, str] = {}
    renewal: dict[str, str] = {}
    wrong: list[int] = []
    into: dict[str, str] | None = top
    for number, raw in enumerate(text.split("\n")[:_MOST_LINES], 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        key, equals, value = line[:_MOST_LINE].partition("=")
        if section := _SECTION.fullmatch(line[:_MOST_LINE]):
            if len(section[1]) != len(section[3]):
                wrong.append(number)
            into = renewal if (section[1], section[2].strip()) == ("[", "renewalparams") else None
        elif equals and key.strip():
            if into is not None:
                into[key.strip()] = _value(value.strip())
        else:
            wrong.append(number)
    return top, renewal, wrong


def _value(text: str) -> str:
    """Return a value without its quotes and without the comment behind it."""
    if text[:1] in ("'", '"'):
        inside, closed, _ = text[1:].partition(text[0])
        if closed:
            return inside
    return text.partition("#")[0].rstrip()


def _path(value: str) -> str:
    return posixpath.normpath(value) if value.startswith("/") and len(value) <= 4096 else ""


def _shown(settings: Mapping[str, str], key: str) -> str:
    """Return a setting to show: cleaned; certbot writes `None` for what is not set."""
    value = _clean(settings.get(key, ""))
    return "" if value == "None" else value


def _clean(value: str) -> str:
    return clean_line(value.encode("utf-8", "surrogateescape"), _TEXT_CHARS)


def _days(said: str) -> float | None:
    """Return the days that certbot understands: spans as `60 days and 3 hours`; a bare number is of days.

    None: not by us. certbot takes what it cannot read for no time at all, and renews when all is over.
    """
    text = said.strip().lower()
    if re.fullmatch(r"[0-9]{1,5}", text):
        return float(text)
    days, at = 0.0, 0
    while at < len(text):
        span = _SPAN.match(text, at)
        if span is None:
            return None
        unit, at = span[2], span.end()
        days += float(span[1]) * _DAYS["mo" if unit.startswith("mo") else unit[0]]
    return days if text else None
