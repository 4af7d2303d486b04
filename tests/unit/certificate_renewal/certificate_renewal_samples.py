"""Certificates, facts and hosts that the tests of this folder share."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from opsconsole.data.certbot import HOME, Lineage
from opsconsole.data.host import Host
from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.read import read
from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE, facts, facts_acme, options, sheet_parts
from opsconsole.recipes.certificate_renewal.host_files import CertificateAt
from opsconsole.recipes.certificate_renewal.lineages import Certbot, Found, Kept, Timer, names_hash
from opsconsole.recipes.certificate_renewal.served import Program, Serving, Target
from opsconsole.recipes.recipe import FactSheet, Plan

NOW = 1_795_694_400  # 2026-11-26 12:00 UTC
WEB1 = Host("web1", "192.0.2.1")
TIMER = Timer(
    "certbot.timer", masked=False, enabled=True, active=True, next_run="Thu 2026-11-26 13:09:03 UTC"
)
NOBODY = Serving()
NGINX = Program("nginx", "nginx.service", (), ("/var/log/nginx/error.log",))


def pem(*names: str, **wishes: Any) -> bytes:
    """Return a self-signed certificate, as PEM; see `pair`."""
    return pair(*names, **wishes)[0]


@cache
def pair(*names: str, left_days: float = 10, lived_days: float = 80, kind: str = "ec") -> tuple[bytes, bytes]:
    """Return a self-signed certificate for DNS names and IP addresses, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.fromtimestamp(NOW, UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=lived_days))
        .not_valid_after(now + timedelta(days=left_days))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), key_pem


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def certificate(*names: str, **wishes: Any) -> Certificate:
    """Return such a certificate."""
    (one,) = read(pem(*names, **wishes))
    return one


def at(path: str, *names: str, real: str = "", **wishes: Any) -> CertificateAt:
    """Return a file with such a certificate."""
    return CertificateAt(path, real or path, (certificate(*names, **wishes),))


def kept(name: str = "a.test", *names: str, version: int = 2, server: str = "", **wishes: Any) -> Kept:
    """Return a lineage; its version before the live one has the fingerprint "0" * 64."""
    current = certificate(*(names or (name,)), **wishes)
    live = f"/etc/letsencrypt/live/{name}"
    lineage = Lineage(
        name,
        f"/etc/letsencrypt/renewal/{name}.conf",
        f"{live}/cert.pem",
        f"{live}/privkey.pem",
        f"{live}/chain.pem",
        f"{live}/fullchain.pem",
        f"/etc/letsencrypt/archive/{name}",
        authenticator="webroot",
        server=server or options.LETS_ENCRYPT,
    )
    issued = (int(current.not_before.timestamp()), names_hash(current.names))
    versions = {"0" * 64: version - 1, current.fingerprint_sha256: version}
    return Kept(lineage, current, versions, version, (issued,), "ab" * 32, "cd" * 32)


def found(*lineages: Kept, timer: Timer | None = TIMER, **wishes: Any) -> Found:
    """Return what certbot has on a host."""
    issued = wishes.pop("issued", ())
    unsure = wishes.pop("crons_unsure", ())
    certbot = Certbot(
        wishes.pop("version", "2.1.0"), timer, wishes.pop("crons", ()), issued, NOW, crons_unsure=unsure
    )
    return Found(certbot, lineages, wishes.pop("broken", {}))


def target(one: Kept, address: str = "127.0.0.1", served: str = "", **wishes: Any) -> Target:
    """Return a handshake that shows a lineage's certificate now, or another."""
    fields = {
        "kind": "nginx",
        "port": 443,
        "name": one.current.names[0],
        "certificate": one.lineage.fullchain,
    }
    return Target(address=address, served=served or one.current.fingerprint_sha256, **(fields | wishes))


def values(**texts: str) -> dict[str, Any]:
    """Return the recipe's values for texts as an engineer types them."""
    return parameters.read_all(RECIPE.parameters, texts)


def sheet(
    has: Found, serving: Serving = NOBODY, copies: Mapping[str, str] | None = None, **texts: str
) -> FactSheet:
    """Return the facts of the certbot driver."""
    wanted = options.read(values(**texts))
    chosen = [one for one in has.kept if not wanted.names or one.name in wanted.names]
    return facts.sheet(has, chosen, serving, dict(copies or {}), wanted)


def planned(
    has: Found, serving: Serving = NOBODY, copies: Mapping[str, str] | None = None, **texts: str
) -> Plan:
    """Return the plan of the certbot driver."""
    return RECIPE.plan(WEB1, values(**texts), sheet(has, serving, copies, **texts))


def acme_planned(
    certificate: str,
    key: str = "",
    *,
    timer: Timer | None = None,
    unit: str = "haproxy.service",
    **texts: str,
) -> Plan:
    """Return the plan of the acme driver that replaces a certificate.

    Args:
        certificate: The file in use.
        key: Its key; empty: it is in the same file.
        timer: certbot's.
        unit: Of the server.
        texts: Parameters.
    """
    live = f"{HOME}/live/a.test"
    serving = Serving(
        (Program("haproxy", unit),),
        (Target("haproxy", "::1", 443, "a.test", certificate, served="0" * 64),),
    )
    binding = {
        "driver": "acme",
        "certbot": "2.1.0",
        "name": "a.test",
        "live": live,
        "archive": f"{HOME}/archive/a.test",
        "conf": f"{HOME}/renewal/a.test.conf",
        "replace": [certificate, key] if key else [certificate],
        "hook": "" if key else f"{facts_acme.HOOKS}/opsconsole-a.test",
        "fingerprint": "0" * 64,
        "serving": serving.as_json(),
        "timer": sheet_parts.timer(timer),
    }
    shown = {"now": NOW, "crons": [], "broken": {}, "idle": {}, "identical": {}, "over": []}
    given = {
        "driver": "acme",
        "domains": "a.test",
        "server": "https://ca.test/dir",
        "webroot": "/var/www",
        "replace": certificate,
        **texts,
    }
    return RECIPE.plan(WEB1, values(**given), FactSheet(binding, {**shown, "file_warnings": ["mind"]}))
