"""Finds who shows a certificate: the web servers as they run, their configuration, and handshakes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from opsconsole.data.host import Shell
from opsconsole.data.text import clean_line
from opsconsole.data.webserver import apache, haproxy, nginx
from opsconsole.data.webserver.model import Sites
from opsconsole.recipes.certificate_renewal.host_files import certificates, read_files
from opsconsole.recipes.certificate_renewal.records import ask, records
from opsconsole.recipes.certificate_renewal.scripts import command
from opsconsole.recipes.certificate_renewal.served import NOTHING, Kind, Program, Serving, Target
from opsconsole.recipes.certificate_renewal.targets import Known, targets
from opsconsole.recipes.recipe import PlanError

_ROUNDS = 8
"""Includes within includes: each round brings what the one before asked for."""
_MOST_FILES = 500
_PRINT = re.compile(r"[0-9a-f]{64}")
_ERROR_LOG = re.compile(r"^[ \t]*(?:error_log|ErrorLog)[ \t]+[\"']?([^\s;\"']+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Running:
    """One web server that runs.

    Attributes:
        program: Its kind, unit and configuration.
        roots: The files with which its configuration begins.
        log: Where it writes errors when no configuration says it, or empty.
    """

    program: Program
    roots: tuple[str, ...]
    log: str = ""


@dataclass
class Servers:
    """The web servers of a host, and what they are told to show.

    Attributes:
        sites: (running server, its configuration).
        addresses: The host's own IP addresses.
        notes: What could not be followed.
    """

    sites: list[tuple[Running, Sites]] = field(default_factory=list)
    addresses: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def certificate_paths(self) -> list[str]:
        """Every certificate file or folder that a server is told to show."""
        return sorted(
            {pair.certificate for _, sites in self.sites for one in sites.servers for pair in one.pairs}
        )


async def serving(
    shell: Shell, wanted: Mapping[str, frozenset[str]], servers: Servers | None = None
) -> Serving:
    """Return who shows certificates, and what is served there now.

    Args:
        shell: The host.
        wanted: Certificate file -> SHA-256 (hex) of certificates that count as it: what is in the file, and
            its earlier versions. Servers are found by the path, where links lead, and the content.
        servers: As `look` returned them; None: they are looked for.

    Raises:
        ShellError: The host could not be asked.
        PlanError: What it answered does not allow a plan.
    """
    servers = servers or await look(shell)
    paths = servers.certificate_paths
    files = await certificates(shell, [*wanted, *paths[:_MOST_FILES]])
    notes = list(servers.notes)
    if len(paths) > _MOST_FILES:
        notes.append(f"only {_MOST_FILES} of {len(paths)} certificate files in use were looked at")
    known = Known(files, wanted)
    found, more = targets(servers, known)
    notes += more
    found = await shown(shell, found)
    silent = [one for one in found if not one.served]
    if silent:
        some = ", ".join(one.shown for one in silent[:5])
        notes.append(
            f"nothing answers there now, so nothing is proved there: {some}{' …' * (len(silent) > 5)}"
        )
    kept = tuple(one for one in found if one.served)
    kinds = {one.kind for one in kept}
    programs = tuple(running.program for running, _ in servers.sites if running.program.kind in kinds)
    return Serving(programs, kept, known.copies(servers, {one.certificate for one in kept}), tuple(notes))


async def look(shell: Shell) -> Servers:
    """Return the running web servers with their configuration.

    Raises:
        ShellError: The host could not be asked.
        PlanError: It has no openssl, or its answer cannot be read.
    """
    running, addresses, has_openssl = _running(await ask(shell, command("programs", deadline_seconds=60)))
    if not has_openssl:
        raise PlanError("the host has no openssl: what is served cannot be proved")
    servers = Servers(addresses=addresses)
    for one in running:
        files: dict[str, bytes] = {}
        asked: set[str] = set()
        sites, wanted = None, list(one.roots)
        for _ in range(_ROUNDS):
            wanted = [path for path in wanted if path not in asked][:2000]
            if sites is not None and not wanted:
                break
            asked.update(wanted)
            texts = await read_files(shell, wanted)
            files |= texts.files
            servers.notes += [f"{path}: {why}" for path, why in texts.left_out.items()]
            sites = _parse(one, files)
            wanted = list(sites.wanted)
        if sites is None:
            continue
        for trouble in sites.troubles:
            if trouble.hides:
                servers.notes.append(f"{trouble.file}:{trouble.line}: {trouble.message}")
        servers.sites.append((replace(one, program=replace(one.program, logs=_logs(one, files))), sites))
    return servers


async def shown(shell: Shell, wanted: list[Target]) -> list[Target]:
    """Return the targets with what is served there now."""
    if not wanted:
        return []
    lines = [f"{one.address} {one.port} {one.name or NOTHING} {one.algorithm or NOTHING}" for one in wanted]
    raw = await ask(shell, command("shown", lines=lines, deadline_seconds=120))
    prints = raw.decode("ascii", "replace").split()
    if len(prints) != len(wanted):
        raise PlanError("the host's handshakes cannot be read")
    return [
        replace(one, served=print_ if _PRINT.fullmatch(print_) else "")
        for one, print_ in zip(wanted, prints, strict=True)
    ]


def _parse(one: Running, files: Mapping[str, bytes]) -> Sites:
    if one.program.kind == "nginx":
        return nginx.parse(files, one.roots[0])
    if one.program.kind == "apache":
        return apache.parse(files, one.roots[0])
    return haproxy.parse(files, tuple(path for path in _haproxy_roots(one.roots, files)))


def _haproxy_roots(roots: tuple[str, ...], files: Mapping[str, bytes]) -> list[str]:
    """Return HAProxy's files in its order: of a folder those that end in .cfg."""
    found = []
    for root in roots:
        if root.endswith("/*.cfg"):
            folder = posixpath.dirname(root)
            found += sorted(
                path for path in files if posixpath.dirname(path) == folder and path.endswith(".cfg")
            )
        else:
            found.append(root)
    return found


def _logs(one: Running, files: Mapping[str, bytes]) -> tuple[str, ...]:
    logs = {one.log} if one.log.startswith("/") else set()
    for content in files.values():
        for path in _ERROR_LOG.findall(content.decode("utf-8", "surrogateescape")):
            path_ = path.replace("${APACHE_LOG_DIR}", "/var/log/apache2")
            if path_.startswith("/") and "$" not in path_ and not path_.startswith("/dev/"):
                logs.add(path_)
    return tuple(sorted(logs)[:20])


def _running(raw: bytes) -> tuple[list[Running], tuple[str, ...], bool]:
    found: list[tuple[Kind, str, list[str], dict[str, str]]] = []
    addresses: list[str] = []
    has_openssl = False
    for word, rest in records(raw):
        if word == "program":
            kind, _, unit = rest.partition(" ")
            if kind not in ("nginx", "apache", "haproxy"):
                raise PlanError("the host's list of web servers cannot be read")
            kinds: dict[str, Kind] = {"nginx": "nginx", "apache": "apache", "haproxy": "haproxy"}
            found.append((kinds[kind], "" if unit == NOTHING else clean_line(unit, 200), [], {}))
        elif word == "arg" and found:
            found[-1][2].append(rest)
        elif word == "address":
            addresses.append(rest)
        elif word == "openssl":
            has_openssl = True
        elif found:
            found[-1][3][word] = rest
    running = [_one(*each) for each in found]
    good = [one for one in dict.fromkeys(addresses) if re.fullmatch(r"[0-9a-f.:]{2,45}", one)]
    return running, tuple(one for one in good if not one.startswith("fe80:"))[:32], has_openssl


def _one(kind: Kind, unit: str, arguments: list[str], said: Mapping[str, str]) -> Running:
    words = arguments
    if kind == "nginx":  # its title is one word: "nginx: master process /usr/sbin/nginx -c FILE"
        words = " ".join(arguments).split()
    given = [
        words[at + 1] for at, word in enumerate(words[:-1]) if word == ("-c" if kind == "nginx" else "-f")
    ]
    configs = tuple(path for path in given if path.startswith("/"))
    if kind == "nginx":
        program = Program(kind, unit, configs[:1])
        root = configs[0] if configs else said.get("conf-path") or nginx.ROOT
        return Running(program, (root,), said.get("error-log-path", "/var/log/nginx/error.log"))
    if kind == "apache":
        root = (
            configs[0]
            if configs
            else posixpath.join(said.get("apache-root", ""), said.get("apache-file", ""))
        )
        return Running(Program(kind, unit), (root if root.startswith("/") else apache.ROOTS[0],))
    roots = tuple(path if path.endswith(".cfg") else f"{path.rstrip('/')}/*.cfg" for path in configs)
    return Running(Program(kind, unit, configs), roots or (haproxy.ROOT,))
