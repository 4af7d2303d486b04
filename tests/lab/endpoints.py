"""Services of the lab that speak TLS, looked at as the panel does and as the hosts' own openssl does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from opsconsole.data.host import Shell
from opsconsole.data.tls.served import Served
from opsconsole.panels.certificates.observe import observe
from opsconsole.panels.certificates.observed import Observed
from opsconsole.panels.certificates.reading import Endpoint
from opsconsole.panels.certificates.settings import CertificatesSettings, EndpointSetting

from . import claims
from .hosts import find
from .reach import execute, shell

SERVICES = {
    "shop": (
        EndpointSetting("shop.lab.test", name="shop"),
        "/etc/letsencrypt/live/shop.lab.test/fullchain.pem",
    ),
    "api": (EndpointSetting("api.lab.test", name="api"), "/etc/nginx/tls/api.lab.test.pem"),
    "legacy": (
        EndpointSetting("legacy.lab.test:8443", name="legacy"),
        "/etc/apache2/tls/legacy.lab.test.pem",
    ),
    "lb": (EndpointSetting("lb.lab.test:9443", name="lb"), "/etc/haproxy/certs/lb.pem"),
    "smtp": (
        EndpointSetting("mail.lab.test", name="smtp", starttls="smtp"),
        "/etc/postfix/tls/mail.lab.test.pem",
    ),
    "imap": (
        EndpointSetting("mail.lab.test", name="imap", starttls="imap"),
        "/etc/postfix/tls/mail.lab.test.pem",
    ),
    "imaps": (EndpointSetting("mail.lab.test:993", name="imaps"), "/etc/postfix/tls/mail.lab.test.pem"),
    "mysql": (
        EndpointSetting("127.0.0.1", name="mysql", starttls="mysql", server_name="db.lab.test"),
        "/etc/mysql/tls/db.lab.test.pem",
    ),
}
"""Services of tls1, each with the file that it shows."""


@contextmanager
def claimed(name: str) -> Iterator[None]:
    """Have a host to ourselves: others break what it serves."""
    claims.claim(name, "endpoints")
    try:
        yield
    finally:
        claims.release(name, "endpoints")


def run(host: str, script: str) -> str:
    """Run a script as root on a host."""
    return shell(find(host), script)


def fingerprints(host: str, path: str) -> list[str]:
    """Return SHA-256 of each certificate of a PEM file, by the host's openssl."""
    script = (
        f"awk '/BEGIN CERT/{{n++}} n{{print > \"/run/lab-one-\" n}} ' '{path}';"
        " for one in $(ls -v /run/lab-one-*); do openssl x509 -in $one -noout -fingerprint -sha256; done;"
        " rm -f /run/lab-one-*"
    )
    return [line.rpartition("=")[2].replace(":", "").lower() for line in run(host, script).splitlines()]


def speaks(host: str, place: str, version: str, starttls: str = "", name: str = "") -> bool:
    """Whether the host's own openssl gets a handshake done in one version."""
    options = f"-connect {place} -{version.lower().replace('v', '').replace('.', '_')}"
    options += f" -servername {name}" if name else ""
    options += f" -starttls {starttls.replace('postgresql', 'postgres')}" if starttls else ""
    script = f"timeout 10 openssl s_client {options} -cipher 'ALL:@SECLEVEL=0' </dev/null 2>&1"
    said = execute(host, ["sh", "-c", script]).stdout
    return re.search(r"^New, (TLS|SSL)v", said, re.MULTILINE) is not None


async def look(host: Shell, *endpoints: EndpointSetting, roots: Sequence[Path] = ()) -> list[Endpoint]:
    """Look at endpoints as the panel does, with the console's roots and these."""
    settings = CertificatesSettings(endpoints=endpoints, roots=tuple(roots))
    seen = await observe(host, host.host, settings)
    assert isinstance(seen, Observed)
    assert seen.problems == ()
    assert seen.clock_skew_seconds == pytest.approx(0, abs=2)  # the lab has this machine's clock
    assert seen.endpoints is not None
    return list(seen.endpoints)


def marks(one: Served) -> list[str]:
    """Return the fingerprints of a chain that was served."""
    assert one.error == ""
    return [each.fingerprint_sha256 for each in one.chain]


def trusted(folder: Path) -> list[Path]:
    """Return files with the roots that tls1 itself trusts: those of its internal CA and of pebble."""
    roots = []
    for name in ("lab-ca", "pebble-long", "pebble-short"):
        roots.append(folder / f"{name}.pem")
        roots[-1].write_text(run("tls1", f"cat /usr/local/share/ca-certificates/{name}.crt"))
    return roots
