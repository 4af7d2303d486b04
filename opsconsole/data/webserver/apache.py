"""Reads Apache's configuration: virtual hosts with SSL, their names, addresses and certificate files."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from opsconsole.data.logrotate_rule import is_glob
from opsconsole.data.webserver.apache_lines import Line, expanded, lines
from opsconsole.data.webserver.model import MOST_NAMES, Files, Listen, Pair, Server, Sites
from opsconsole.data.webserver.source import MOST_BYTES, MOST_NESTING, Source, absolute

ROOTS = ("/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf")
_MOST_SECTIONS = 64
_MOST_VARIABLES = 1000
_SSL = frozenset({"ssl_module", "mod_ssl.c"})
_EXPORT = re.compile(r"(?:export\s+)?([A-Za-z_]\w{0,63})=(\"?)([^\s\"';`]{1,256})\2")
_LOADED = re.compile(
    rb"^[ \t]*LoadModule[ \t]+(\w{1,64})[ \t]+\S*?/?(\w{1,64})\.so", re.MULTILINE | re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<name>[^:]*))(?::(?P<port>\d{1,5}|\*))?")
_FILES = {
    "sslcertificatefile": "certificates",
    "sslcertificatekeyfile": "keys",
    "sslcertificatechainfile": "chains",
}


@dataclass(slots=True)
class _Host:
    """A virtual host, or the main server."""

    file: str
    line: int
    addresses: tuple[str, ...] = ()
    names: list[str] = field(default_factory=list)
    engine: str = ""
    certificates: list[tuple[str, str, int]] = field(default_factory=list)  # path, file, line
    keys: list[tuple[str, str, int]] = field(default_factory=list)
    chains: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Section:
    """An open section: whether what stands in it holds, and the virtual host that it is."""

    name: str
    holds: bool
    host: _Host | None = None


def parse(files: Files, root: str = ROOTS[0], envvars: str = "/etc/apache2/envvars") -> Sites:
    """Return the virtual hosts of the configuration that begins at `root`.

    Args:
        files: Absolute path -> content, of the root and of all that it includes.
        root: Path of the main file.
        envvars: Path of the file with the variables that Apache is started with (Debian).
    """
    reading = _Reading(Source(files), root, files.get(envvars, b""))
    if root in files:
        reading.file(root, 0)
    else:
        reading.source.want(root)
    return reading.sites()


class _Reading:
    """One pass over all files."""

    def __init__(self, source: Source, root: str, envvars: bytes) -> None:
        self.source = source
        # Where no ServerRoot is said it is compiled in: beside, or above, the main file.
        folder = posixpath.dirname(root)
        self.prefix = posixpath.dirname(folder) if posixpath.basename(folder) == "conf" else folder
        self.main = _Host(root, 1)
        self.hosts: list[_Host] = []
        self.listens: list[tuple[str, int]] = []
        # Beforehand: what stands above the LoadModule of another file asks for it already.
        loaded = [one for text in source.files.values() for one in _LOADED.findall(text[:MOST_BYTES])]
        self.modules = {one for pair in loaded for one in (pair[0].decode(), pair[1].decode() + ".c")}
        text = envvars[:65536].decode("utf-8", "surrogateescape").replace("$SUFFIX", "")
        self.variables = {name: value for name, _, value in _EXPORT.findall(text) if "$" not in value}
        self.defined: set[str] = set()
        self.open: list[_Section] = []

    def file(self, path: str, nesting: int) -> None:
        """Read a file; what is open around its include stays open."""
        text = self.source.text(path)
        around = len(self.open)
        for line in () if text is None else lines(text):
            if line.name.startswith("</"):
                names = [section.name for section in self.open[around:]]
                if line.name[2:] in names:
                    del self.open[around + len(names) - 1 - names[::-1].index(line.name[2:]) :]
            elif line.name.startswith("<"):
                if len(self.open) >= _MOST_SECTIONS:
                    self.source.note(
                        path, line.number, "too many sections in each other: the rest was not read"
                    )
                    break
                self.open.append(self._section(path, line))
            elif all(section.holds for section in self.open):
                self._directive(path, line, nesting)
        del self.open[around:]

    def _section(self, path: str, line: Line) -> _Section:
        name, first = line.name[1:], line.words[0] if line.words else ""
        holds, host = True, None
        if name in ("ifmodule", "ifdefine"):
            wanted = first.removeprefix("!")
            known = self._has_module(wanted) if name == "ifmodule" else wanted in self.defined
            holds = known != first.startswith("!")
        elif name == "macro":
            holds = False
        elif name == "virtualhost" and all(section.holds for section in self.open):
            host = _Host(path, line.number, line.words[:MOST_NAMES])
            self.hosts.append(host)
        return _Section(name, holds, host)

    def _has_module(self, name: str) -> bool:
        """Whether a module is loaded; mod_ssl is taken to be: one that is compiled in cannot be seen."""
        return name in _SSL or name in self.modules or not self.modules

    def _directive(self, path: str, line: Line, nesting: int) -> None:
        host = next((one.host for one in reversed(self.open) if one.host), self.main)
        first = line.words[0] if line.words else ""
        if line.name in ("include", "includeoptional") and first:
            self._include(path, line, first, nesting)
        elif line.name in _FILES and first:
            self._certificate(path, line, first, host)
        elif line.name == "sslengine":
            host.engine = first.lower()
        elif line.name in ("servername", "serveralias"):
            words = line.words if line.name == "serveralias" else line.words[:1]
            host.names.extend([*map(self._name, words)][: MOST_NAMES - len(host.names)])
        elif line.name == "listen" and first:
            self._listen(first)
        elif line.name == "serverroot" and first:
            self.prefix = absolute(self.prefix, expanded(first, self.variables) or "")
        elif line.name == "define" and first and len(self.defined) < _MOST_VARIABLES:
            self.defined.add(first)
            if len(line.words) > 1:
                self.variables[first] = expanded(line.words[1], self.variables) or ""
        elif line.name == "undefine":
            self.defined.discard(first)
            self.variables.pop(first, None)
        elif line.name == "mdomain" and first:
            self.source.note(path, line.number, f"MDomain {first}: Apache keeps this certificate by itself")
        elif line.name == "use" and first:
            self.source.note(path, line.number, f"Use {first}: macros are not followed")

    def _include(self, path: str, line: Line, said: str, nesting: int) -> None:
        pattern = expanded(said, self.variables)
        if pattern is None or nesting >= MOST_NESTING:
            why = "its variable is not known" if pattern is None else "nested too deep"
            self.source.note(path, line.number, f"{said} was not read: {why}")
            return
        whole = absolute(self.prefix, pattern)
        found = self.source.find(whole)
        if not found and not is_glob(whole):
            found = self.source.below(whole)
        if not found:
            self.source.want(whole)
            if not is_glob(whole) and line.name == "include":
                self.source.note(path, line.number, f"{said} was not read")
        for one in found:
            self.file(one, nesting + 1)

    def _certificate(self, path: str, line: Line, said: str, host: _Host) -> None:
        given = expanded(said, self.variables)
        what = "key" if "key" in line.name else "certificate"
        if given is None or given.startswith("pkcs11:"):
            why = "its variable is not known" if given is None else "it is no file"
            shown = said if given is None else "pkcs11:…"
            self.source.note(path, line.number, f"the {what} {shown}: {why}", hides=what == "certificate")
            return
        kept: list[tuple[str, str, int]] = getattr(host, _FILES[line.name])
        if len(kept) < MOST_NAMES:
            kept.append((absolute(self.prefix, given), path, line.number))

    def _name(self, word: str) -> str:
        word = (expanded(word, self.variables) or "").lower().rpartition("://")[2]
        return word if word.startswith("[") else word.partition(":")[0]

    def _listen(self, word: str) -> None:
        found = _ADDRESS.fullmatch(f"*:{word}" if word.isdigit() else expanded(word, self.variables) or "")
        if found and (found["port"] or "*") != "*" and len(self.listens) < MOST_NAMES:
            self.listens.append((found["six"] or found["name"] or "*", int(found["port"])))

    def sites(self) -> Sites:
        """Return what was read, inherited and resolved."""
        servers = [self._server(host) for host in self.hosts]
        if self.main.engine in ("on", "optional") and self.main.certificates:
            servers.append(self._server(self.main))
        return self.source.sites("apache", servers)

    def _server(self, host: _Host) -> Server:
        tls = (host.engine or self.main.engine) in ("on", "optional")
        listens = [one for word in host.addresses for one in self._addresses(word, tls=tls)]
        if host is self.main:
            listens = [Listen(address, port, tls) for address, port in self.listens]
        names = tuple(dict.fromkeys(name for name in host.names if name))
        return Server(
            "apache",
            host.file,
            host.line,
            names,
            tuple(dict.fromkeys(listens)),
            tuple(self._pairs(host)) if tls else (),
        )

    def _addresses(self, word: str, *, tls: bool) -> list[Listen]:
        found = _ADDRESS.fullmatch(expanded(word, self.variables) or "")
        if found is None:
            return []
        address = found["six"] or found["name"] or "*"
        address = "*" if address == "_default_" else address
        if found["port"] and found["port"] != "*":
            ports = [int(found["port"])]
        else:
            ports = list(dict.fromkeys(port for _, port in self.listens))
        return [Listen(address, port, tls) for port in ports if 0 < port < 65536]

    def _pairs(self, host: _Host) -> list[Pair]:
        certificates = host.certificates or self.main.certificates
        keys = host.keys or (self.main.keys if not host.certificates else [])
        chains = host.chains or self.main.chains
        return [
            Pair(
                certificate,
                keys[number][0] if number < len(keys) else certificate,
                chains[-1][0] if chains else "",
                file,
                line,
            )
            for number, (certificate, file, line) in enumerate(certificates)
        ]
