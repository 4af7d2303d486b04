"""Parameters of the files driver: a given certificate and key in place of another."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opsconsole.recipes.recipe import Kind, Parameter, PlanError

DRIVER = "files"
PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        "target", Kind.TEXT, "", "files: the host's certificate file that is replaced: /etc/…/site.crt"
    ),
    Parameter(
        "target_key", Kind.TEXT, "", "files: the host's key file; empty: as the server's configuration says"
    ),
    Parameter(
        "certificate", Kind.FILE, "", "files: the new certificate, its intermediates behind it; PEM or DER"
    ),
    Parameter("chain", Kind.FILE, "", "files: the intermediates, when they are in a file of their own"),
    Parameter(
        "key", Kind.SECRET_FILE, "", "files: its private key; or PKCS#12 with key, certificate and chain"
    ),
    Parameter(
        "key_password",
        Kind.SECRET,
        "",
        "files: of an encrypted key or PKCS#12; it never leaves this machine",
    ),
    Parameter(
        "allow_weaker",
        Kind.FLAG,
        "no",
        "files: take one with a weaker key or signature, or that is trusted less, than the one in use",
    ),
    Parameter("key_public", Kind.TEXT, "", "files: SHA-256 of the key's public half", derived=True),
)
GIVEN = ("certificate", "chain", "key")
"""What only this driver takes."""
_PATH = re.compile(r"/[^\x00-\x1f]{1,1000}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Options:
    """The values of this driver.

    Attributes:
        target: Certificate file on the host.
        target_key: Key file on the host, or empty.
        certificate: The new certificate and its intermediates, PEM.
        key_public: SHA-256 (hex) of the new key's SubjectPublicKeyInfo.
        allow_weaker: Whether it may be weaker than the one in use.
    """

    target: str
    target_key: str
    certificate: str
    key_public: str
    allow_weaker: bool


def read(values: Mapping[str, Any]) -> Options:
    """Return the options of a recipe's values, as `files_given.prepare` leaves them.

    Raises:
        PlanError: One is missing or cannot be used.
    """
    problems = []
    if not values["target"]:
        problems.append("target: nothing was given, expected the certificate file on the host to replace")
    if not values["key"] or not _DIGEST.fullmatch(values["key_public"]):
        problems.append("key: nothing was given, expected the private key: key=@FILE (or PKCS#12)")
    elif not values["certificate"]:
        problems.append("certificate: nothing was given, expected certificate=FILE, or PKCS#12 as key=@FILE")
    target, target_key = (_path(name, values[name], problems) for name in ("target", "target_key"))
    if problems:
        raise PlanError("\n".join(problems))
    return Options(
        target=target,
        target_key=target_key,
        certificate=values["certificate"],
        key_public=values["key_public"],
        allow_weaker=values["allow_weaker"],
    )


def _path(name: str, text: str, problems: list[str]) -> str:
    if text and not (_PATH.fullmatch(text) and not text.endswith("/")):
        problems.append(f"{name}: found {text!r}, expected the absolute path of a file")
    return "/" + posixpath.normpath(text).lstrip("/") if text else ""
