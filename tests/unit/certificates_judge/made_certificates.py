"""Readings of the certificates panel, made up: no host, no key, no wire."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from opsconsole.data.certbot import Lineage
from opsconsole.data.tls.certificate import Certificate
from opsconsole.data.tls.chain import Chain
from opsconsole.data.tls.served import Served
from opsconsole.data.webserver.model import Listen
from opsconsole.panels.certificates.reading import (
    CertificateFile,
    CertificatesReading,
    Endpoint,
    KeyFile,
    Note,
    Renewer,
    Use,
)

NOW = datetime(2026, 11, 26, 14, 5, 11, tzinfo=UTC)


def timer(now: datetime = NOW) -> Renewer:
    return Renewer(
        "certbot.timer",
        "certbot",
        enabled=True,
        active=True,
        next_run_at=now + timedelta(hours=7),
        last_run_at=now - timedelta(hours=5),
        last_result="success",
        place="certbot.timer",
    )


TIMER = timer()


def mark(*words: object) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()


def certificate(
    name: str = "example.org",
    left: timedelta = timedelta(days=60),
    lifetime: timedelta = timedelta(days=90),
    *,
    now: datetime = NOW,
    **more: Any,
) -> Certificate:
    end = now + left
    known: dict[str, Any] = {
        "subject": f"CN={name}",
        "common_name": name,
        "names": (name, f"www.{name}"),
        "names_total": 2,
        "issuer": "CN=Test CA R3,O=Test",
        "serial_hex": "04d2",
        "not_before": end - lifetime,
        "not_after": end,
        "key_kind": "EC P-256",
        "key_bits": 256,
        "signature": "sha256WithRSAEncryption",
        "is_ca": False,
        "fingerprint_sha256": mark(name, end, sorted(more)),
        "public_key_sha256": mark("key", name),
        "ocsp_urls": ("http://ocsp.test.example",),
        "crl_urls": ("http://crl.test.example/r3.crl",),
    }
    return Certificate(**(known | more))


CA = certificate("Test CA R3", timedelta(days=900), timedelta(days=1800), is_ca=True, names=(), names_total=0)


def lineage(name: str = "example.org", **more: Any) -> Lineage:
    live = f"/etc/letsencrypt/live/{name}"
    return Lineage(
        name,
        f"/etc/letsencrypt/renewal/{name}.conf",
        f"{live}/cert.pem",
        f"{live}/privkey.pem",
        f"{live}/chain.pem",
        f"{live}/fullchain.pem",
        f"/etc/letsencrypt/archive/{name}",
        **more,
    )


def use(*names: str, server: str = "nginx", line: int = 12) -> Use:
    return Use(server, f"/etc/{server}/sites-enabled/shop", line, names, (Listen("*", 443, tls=True),))


def file(leaf: Certificate | None = None, path: str = "", **more: Any) -> CertificateFile:
    shown = leaf or certificate()
    name = shown.common_name or "x"
    known: dict[str, Any] = {
        "path": path or f"/etc/letsencrypt/live/{name}/fullchain.pem",
        "kind": "pem",
        "certificates": (shown, CA),
        "keys": (
            KeyFile(
                f"/etc/letsencrypt/live/{name}/privkey.pem",
                "read",
                shown.public_key_sha256,
                mode=0o600,
                owner="root",
                group="root",
                readable_by="owner",
                matches=True,
            ),
        ),
        "used_by": (use(name, f"www.{name}"),),
        "found_by": ("nginx", "certbot"),
        "lineage": lineage(name),
        "renewer": TIMER,
    }
    return CertificateFile(**(known | more))


def served(leaf: Certificate | None = None, address: str = "192.0.2.7", **more: Any) -> Served:
    shown = leaf or certificate()
    known: dict[str, Any] = {
        "address": address,
        "port": 443,
        "server_name": shown.common_name,
        "seen_from": "host",
        "chain": (shown, CA),
        "protocols": {"TLSv1": False, "TLSv1.1": False, "TLSv1.2": True, "TLSv1.3": True},
        "ocsp_stapled": True,
        "ocsp_status": "good",
        "verify_error": "",
        "took_ms": 12.0,
        "taken_at": NOW,
    }
    return Served(**(known | more))


def endpoint(*answers: Served, **more: Any) -> Endpoint:
    looks = answers or (served(), served(address="2001:db8::7"))
    known: dict[str, Any] = {
        "name": looks[0].server_name,
        "target": f"{looks[0].server_name or looks[0].address}:{looks[0].port}",
        "served": looks,
        "found_by": "nginx",
        "expects": (f"/etc/letsencrypt/live/{looks[0].server_name}/fullchain.pem",),
    }
    return Endpoint(**(known | more))


def reading(**more: Any) -> CertificatesReading:
    known: dict[str, Any] = {
        "taken_at": NOW,
        "files": (file(),),
        "files_taken_at": NOW,
        "endpoints": (endpoint(),),
        "endpoints_taken_at": NOW,
        "renewers": (TIMER,),
        "servers": ("nginx",),
        "is_root": True,
        "clock_skew_seconds": 0.01,
    }
    return CertificatesReading(**(known | more))


def good_chain(certificates: tuple[Certificate, ...], **more: Any) -> Chain:
    leaf = certificates[0] if certificates else None
    return replace(Chain(certificates, leaf, certificates, complete=True, ordered=True, trusted=True), **more)


def full_reading(word: str = "", now: datetime = NOW) -> CertificatesReading:
    """Return one of everything; `word` goes into every text, to be harmless or hostile."""
    soon = certificate(f"shop.example.org{word}", timedelta(days=9), now=now)
    old = certificate(
        f"shop.example.org{word}", timedelta(days=9), now=now, serial_hex="01", key_kind=f"RSA{word}"
    )
    gone = certificate(f"old.example.org{word}", timedelta(days=-3), now=now, issuer=f"CN=CA{word}")
    fine = certificate(f"api.example.org{word}", now=now)
    path = f"/etc/letsencrypt/live/shop{word}/fullchain.pem"
    shop = file(
        soon,
        path,
        used_by=(use(f"shop.example.org{word}"),),
        lineage=lineage(f"shop{word}"),
        renewer=timer(now),
    )
    key = KeyFile(
        f"/etc/ssl/private/api.key{word}",
        "read",
        fine.public_key_sha256,
        mode=0o644,
        owner=f"root{word}",
        group=f"root{word}",
        readable_by="others",
        matches=True,
    )
    api = file(
        fine, f"/etc/ssl/api.pem{word}", keys=(key,), lineage=None, renewer=None, found_by=("haproxy",)
    )
    return reading(
        taken_at=now,
        files_taken_at=now,
        endpoints_taken_at=now,
        files=(
            shop,
            api,
            file(
                gone,
                f"/srv/old.p12{word}",
                kind="pkcs12",
                keys=(),
                used_by=(),
                lineage=None,
                renewer=None,
                found_by=("configuration",),
            ),
            CertificateFile(
                f"/etc/ssl/secret.pem{word}", state="forbidden", error=f"permission denied{word}"
            ),
        ),
        endpoints=(
            endpoint(
                served(old, taken_at=now),
                served(soon, "2001:db8::7", taken_at=now),
                served(old, seen_from="console", taken_at=now),
                expects=(path,),
                target="*:443",
            ),
            endpoint(
                served(
                    fine,
                    "192.0.2.9",
                    port=25,
                    starttls="smtp",
                    server_name="mail.example.org",
                    ocsp_stapled=False,
                    ocsp_status="",
                    taken_at=now,
                ),
                name=f"mail{word}",
                target=f"mail.example.org:25{word}",
                found_by="configuration",
                expects=(),
            ),
            Endpoint(
                f"db{word}",
                "db:5432",
                (Served("192.0.2.10", 5432, "db", "postgresql", "host", error=f"connection refused{word}"),),
            ),
        ),
        renewers=(timer(now),),
        notes=(Note(f"Apache{word}", f"is not here{word}"),),
        unread=(Note(f"/etc/haproxy{word}", f"permission denied{word}"),),
    )
