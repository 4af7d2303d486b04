"""Reads the answer of the `host` section: what the configuration names, and what was not sent."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from opsconsole.data import certbot
from opsconsole.data.certbot import Lineage
from opsconsole.data.webserver import apache, haproxy, nginx
from opsconsole.data.webserver.model import Server, Sites
from opsconsole.panels.certificates.reading import Note, Use
from opsconsole.panels.frames import Part, moment, path_text, shown_path

MOST_FILE_BYTES = 131_072  # what the host sends of one file
_MOST_NOTES = 60
_ZONE = re.compile(rb"([+-])(\d{2})(\d{2})")
_SETTING = re.compile(rb"(Le_\w{1,32})='?([^']{0,1000})'?")
_PROGRAMS = {"nginx": "nginx", "apache": "Apache", "haproxy": "HAProxy"}


@dataclass(frozen=True, slots=True)
class Sent:
    """The files of one part.

    Attributes:
        contents: Path -> content.
        roots: Paths that the part begins with, or folders that it names.
        unreadable: Paths that we may not read.
        too_many: Whether files were left out.
    """

    contents: Mapping[str, bytes]
    roots: tuple[str, ...]
    unreadable: tuple[str, ...]
    too_many: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate that something on the host names.

    Attributes:
        path: Absolute path as exact text; of HAProxy perhaps a folder.
        key: Path of its key; the same where one file holds both; empty: none is named.
        chain: Path of its intermediates alone, or empty.
        by: `nginx`, `apache`, `haproxy`, `certbot`, `acme.sh`.
        use: The server that shows it, or None.
    """

    path: str
    key: str
    chain: str
    by: str
    use: Use | None = None


@dataclass(frozen=True, slots=True)
class HostSaid:
    """All that the section said.

    Attributes:
        is_root: Whether it was read as root.
        has_systemd: Whether systemd runs there.
        now: The host's own time, in its zone; None: not known.
        tools: Which of openssl, awk and certbot it has.
        named: Certificates, each with who names it.
        lineages: certbot's; None: they could not be read.
        servers: Programs that have a configuration.
        acme: Path -> moment of the next renewal, of acme.sh's certificates.
        notes: What does not apply here.
        unread: What could not be read although it should have been.
    """

    is_root: bool
    has_systemd: bool
    now: datetime | None
    tools: frozenset[str]
    named: tuple[Named, ...] = ()
    lineages: tuple[Lineage, ...] | None = ()
    servers: tuple[str, ...] = ()
    acme: Mapping[str, datetime | None] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    unread: tuple[Note, ...] = ()


def sent(part: Part) -> Sent:
    """Return the files of a part."""
    contents: dict[str, list[bytes]] = {}
    roots: list[str] = []
    unreadable: list[str] = []
    too_many = False
    lines: list[bytes] = []
    for line in part.body.split(b"\n"):
        sign, rest = line[:1], line[1:]
        if sign == b"|":
            lines.append(rest)
        elif sign == b">":
            lines = contents.setdefault(path_text(rest), [])
        elif sign == b"=":
            roots.append(path_text(rest))
        elif sign == b"!":
            unreadable.append(path_text(rest))
        elif sign == b"~":
            too_many = True
    made = {path: b"\n".join(found) + b"\n" for path, found in contents.items() if path.startswith("/")}
    return Sent(made, tuple(dict.fromkeys(roots)), tuple(dict.fromkeys(unreadable)), too_many)


def read(found: Mapping[str, Part]) -> HostSaid:
    """Return what the parts say; what is not whole is in `unread`."""
    who = found["who"].body.split()
    unread = [
        Note(f"part {name}", "the host's answer was cut") for name, one in found.items() if one.status is None
    ]
    notes: list[Note] = []
    named: list[Named] = []
    servers: list[str] = []
    for program, label in _PROGRAMS.items():
        if program in found:
            servers.append(program)
            files = sent(found[program])
            _missing(label, files, unread)
            for sites in _sites(program, files):
                named += [one for server in sites.servers for one in _named(server)]
                _troubles(label, sites, files, unread, notes)
    if "closed" in found:
        unread += [
            Note("certificates of the host", f"we may not look into {shown_path(path)}")
            for path in sent(found["closed"]).unreadable
        ]
    if "noawk" in found:
        unread.append(
            Note("Apache and HAProxy", "this host has no awk, without which passwords might be sent")
        )
    notes += _elsewhere(found.get("elsewhere"))
    lineages = _lineages(found.get("certbot"), unread, notes)
    named += [Named(one.fullchain, one.key, "", "certbot") for one in lineages or () if one.fullchain]
    acme = _acme(found.get("acme"), unread)
    named += [one for one, _ in acme]
    return HostSaid(
        is_root=who[:1] == [b"0"],
        has_systemd=b"systemd" in who,
        now=_now(who),
        tools=frozenset(one.decode("ascii", "replace") for one in found["tools"].body.split())
        if "tools" in found
        else frozenset(),
        named=tuple(dict.fromkeys(named)),
        lineages=lineages,
        servers=tuple(servers),
        acme={one.path: due for one, due in acme},
        notes=tuple(dict.fromkeys(notes))[:_MOST_NOTES],
        unread=tuple(dict.fromkeys(unread))[:_MOST_NOTES],
    )


def _now(who: list[bytes]) -> datetime | None:
    now = moment(who[1]) if len(who) > 1 else None
    zone = _ZONE.fullmatch(who[2]) if len(who) > 2 else None
    if now is None or not 1971 < now.year < 9990:  # near the ends of time a zone leads beyond them
        return None
    if zone is None or int(zone[2]) > 14 or int(zone[3]) > 59:
        return now
    offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    return now.astimezone(timezone(offset if zone[1] == b"+" else -offset))


def _missing(label: str, files: Sent, unread: list[Note]) -> None:
    if files.unreadable:
        names = ", ".join(shown_path(path) for path in files.unreadable[:5])
        unread.append(Note(f"part of {label}'s configuration", f"we may not read {names}"))
    if files.too_many:
        unread.append(Note(f"part of {label}'s configuration", "it has more files than are read"))
    cut = [path for path, content in files.contents.items() if len(content) >= MOST_FILE_BYTES]
    if cut:
        words = f"{shown_path(cut[0])} is longer than the {MOST_FILE_BYTES // 1024} KiB that are read"
        unread.append(Note(f"part of {label}'s configuration", words))


def _sites(program: str, files: Sent) -> list[Sites]:
    if program == "haproxy":
        return [haproxy.parse(files.contents, tuple(root for root in files.roots if root in files.contents))]
    parse = nginx.parse if program == "nginx" else apache.parse
    return [parse(files.contents, root) for root in files.roots[:8] if root in files.contents]


def _named(server: Server) -> list[Named]:
    listens = tuple(one for one in server.listens if one.tls)
    if not listens:
        return []  # a certificate that is inherited by a server without TLS is not shown by it
    return [
        Named(
            one.certificate,
            one.key,
            one.chain,
            server.kind,
            Use(
                server.kind,
                shown_path(one.file),
                one.line,
                tuple(map(_shown, one.names or server.names)),
                tuple(replace(listen, address=_shown(listen.address)) for listen in listens),
                _shown(server.title) if server.title else "",
                f"{shown_path(server.file)}:{server.line}",
            ),
        )
        for one in server.pairs
    ]


def _shown(text: str) -> str:
    return shown_path(text)


def _troubles(label: str, sites: Sites, files: Sent, unread: list[Note], notes: list[Note]) -> None:
    for one in sites.troubles:
        place = f"{shown_path(one.file)}:{one.line}" if one.line else shown_path(one.file)
        into = unread if one.hides else notes
        into.append(Note(f"{label}: {place}", one.message))
    # A glob may mean nothing; where we may not look into its folder that is not known, and was said above.


def _elsewhere(part: Part | None) -> list[Note]:
    """Return which programs that show certificates are not looked into."""
    made = []
    for line in part.lines if part else ():
        name = _shown(path_text(line[1:]))
        if line.startswith(b"="):
            made.append(Note(name, "it runs in a container too: what it shows there is not looked at"))
        elif line.startswith(b"+"):
            made.append(Note(name, "it runs here: its configuration is not read"))
    return made


def _lineages(part: Part | None, unread: list[Note], notes: list[Note]) -> tuple[Lineage, ...] | None:
    if part is None:
        return ()
    files = sent(part)
    _missing("certbot", files, unread)
    if files.unreadable and not files.contents:
        return None
    found = certbot.lineages(files.contents)
    known = {one.live for one in found}
    for folder in files.roots:
        if folder not in known and not files.unreadable:
            words = "it has no renewal file: certbot does not renew it"
            notes.append(Note(f"certbot: {shown_path(folder)}", words))
    return found


def _acme(part: Part | None, unread: list[Note]) -> list[tuple[Named, datetime | None]]:
    if part is None:
        return []
    files = sent(part)
    _missing("acme.sh", files, unread)
    made = []
    for path, content in files.contents.items():
        said = dict(_SETTING.findall(content))
        domain = path_text(said.get(b"Le_Domain", b""))
        installed = path_text(said.get(b"Le_RealFullChainPath") or said.get(b"Le_RealCertPath") or b"")
        key = path_text(said.get(b"Le_RealKeyPath", b""))
        folder = posixpath.dirname(path)
        if not installed.startswith("/"):
            installed = posixpath.join(folder, "fullchain.cer")
            key = posixpath.join(folder, f"{domain}.key") if domain and "/" not in domain else ""
        made.append(
            (
                Named(installed, key if key.startswith("/") else "", "", "acme.sh"),
                moment(said.get(b"Le_NextRenewTime")),
            )
        )
    return made
