"""What can be set, and what was set."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opsconsole.data.web_address import WITH_LOGIN, https_trouble
from opsconsole.recipes.certificate_renewal import files_options
from opsconsole.recipes.certificate_renewal.reload import Proofs
from opsconsole.recipes.recipe import Kind, Parameter, PlanError

CERTBOT, ACME, FILES = "certbot", "acme", "files"
LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
LETS_ENCRYPT_STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"
PRESETS = "acme"
"""The table of the configuration that names ACME servers."""
DUPLICATES_A_WEEK = 5
"""Let's Encrypt gives so many for one exact set of names in 7 days (letsencrypt.org/docs/rate-limits)."""

PARAMETERS = (
    Parameter(
        "driver",
        Kind.CHOICE,
        CERTBOT,
        "certbot: renew what it keeps; acme: a new one of an ACME server; files: put given ones in place",
        choices=(CERTBOT, ACME, FILES),
    ),
    Parameter("name", Kind.TEXTS, "", "certbot's names; empty: all that are due. acme: the name to make"),
    Parameter("force", Kind.FLAG, "no", "renew the named ones though they are not due"),
    Parameter(
        "weekly_limit",
        Kind.WHOLE,
        str(DUPLICATES_A_WEEK),
        "certificates of one set of names that the CA gives in 7 days; force is refused beyond",
        minimum=1,
        maximum=10_000,
    ),
    Parameter("rehearse", Kind.FLAG, "yes", "try it with certbot's dry run first"),
    Parameter(
        "test_server",
        Kind.TEXT,
        "",
        "ACME directory of the rehearsal; empty: staging for Let's Encrypt, else the same server",
    ),
    Parameter(
        "server",
        Kind.TEXT,
        "",
        "ACME directory (https://…), or a configured one's name; empty: the one in use; acme: the default",
        presets=PRESETS,
    ),
    Parameter(
        "ca_bundle",
        Kind.TEXT,
        "",
        "file on the host: CA certificates that the ACME server's own is checked with",
    ),
    Parameter("domains", Kind.TEXTS, "", "acme: names of the certificate, the first is its main one"),
    Parameter(
        "challenge",
        Kind.CHOICE,
        "webroot",
        "acme: how the names are proved",
        choices=("webroot", "standalone", "nginx", "apache"),
    ),
    Parameter("webroot", Kind.TEXT, "", "acme: folder that is served at http://NAME/ (challenge=webroot)"),
    Parameter("http_port", Kind.WHOLE, "80", "acme: port of challenge=standalone", minimum=1, maximum=65535),
    Parameter("email", Kind.TEXT, "", "acme: for the CA's account; empty: none"),
    Parameter("key_type", Kind.CHOICE, "ecdsa", "acme: kind of the new key", choices=("ecdsa", "rsa")),
    Parameter("eab_kid", Kind.TEXT, "", "acme: key id of an external account binding"),
    Parameter(
        "eab_hmac",
        Kind.SECRET,
        "",
        "acme: its HMAC key; reaches the host on standard input, certbot by a file of root's in memory",
    ),
    Parameter(
        "replace",
        Kind.TEXT,
        "",
        "acme: certificate file in use (self-signed, say): it and its key become links to the new ones; one"
        " that holds both, as HAProxy's, is written anew",
    ),
    Parameter(
        "enable_timer", Kind.FLAG, "yes", "certbot, acme: enable certbot's renewal timer when it is off"
    ),
    Parameter(
        "check_url", Kind.TEXT, "", "https:// address that must answer as before; empty: / of each name"
    ),
    Parameter(
        "download",
        Kind.TEXT,
        "",
        "https:// address of 20 MB or more: a slow download of it must survive the reload",
    ),
    *files_options.PARAMETERS,
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,200}")
_DOMAIN = re.compile(r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PATH = re.compile(r"/[^\x00-\x1f]*")


@dataclass(frozen=True, slots=True)
class Options:
    """The values of certbot's two drivers; see `PARAMETERS`."""

    driver: str
    names: tuple[str, ...]
    force: bool
    weekly_limit: int
    rehearse: bool
    test_server: str
    server: str
    ca_bundle: str
    domains: tuple[str, ...]
    challenge: str
    webroot: str
    http_port: int
    email: str
    key_type: str
    eab_kid: str
    eab_hmac: bool
    replace: str
    enable_timer: bool
    proofs: Proofs

    def rehearsal_server(self, server: str) -> str:
        """Return the directory that a rehearsal asks, of a lineage that is renewed at `server`."""
        server = self.server or server
        if self.test_server:
            return self.test_server
        return LETS_ENCRYPT_STAGING if server in ("", LETS_ENCRYPT) else server


def read(values: Mapping[str, Any]) -> Options:
    """Return the options of a recipe's values.

    Raises:
        PlanError: They contradict each other, or cannot be used safely.
    """
    options = Options(
        driver=values["driver"],
        names=tuple(_name(one) for one in values["name"]),
        test_server=_url("test_server", values["test_server"]),
        server=_url("server", values["server"]),
        ca_bundle=_path("ca_bundle", values["ca_bundle"]),
        domains=tuple(_domain(one.lower().rstrip(".")) for one in values["domains"]),
        webroot=_path("webroot", values["webroot"]),
        replace=_path("replace", values["replace"]),
        email=_word("email", values["email"]),
        eab_kid=_word("eab_kid", values["eab_kid"]),
        eab_hmac=bool(values["eab_hmac"]),
        proofs=proofs(values),
        **{
            name: values[name]
            for name in (
                "force",
                "weekly_limit",
                "rehearse",
                "challenge",
                "http_port",
                "key_type",
                "enable_timer",
            )
        },
    )
    _together(options)
    return options


def proofs(values: Mapping[str, Any]) -> Proofs:
    """Return what a reload is proved with; every driver has it.

    Raises:
        PlanError: An address cannot be used.
    """
    return Proofs(_url("check_url", values["check_url"]), _url("download", values["download"]))


def _together(options: Options) -> None:
    lets_encrypt = options.server in ("", LETS_ENCRYPT)
    if options.force and not options.names:
        raise PlanError("force: it is for named certificates; set name too")
    if (
        options.weekly_limit > DUPLICATES_A_WEEK
        and options.driver == CERTBOT
        and options.server == LETS_ENCRYPT
    ):
        raise PlanError(
            f"weekly_limit: Let's Encrypt gives {DUPLICATES_A_WEEK} in 7 days; it cannot be raised"
        )
    if options.driver != ACME:
        return
    if not options.domains:
        raise PlanError("domains: the acme driver needs the names of the certificate")
    if not options.server:
        raise PlanError(
            f"server: the acme driver needs the ACME directory, such as {LETS_ENCRYPT}, or the name of one of"
            " the configuration ([acme.NAME]); none of those is the default here"
        )
    if len(options.names) > 1:
        raise PlanError("name: the acme driver makes one certificate at a time")
    if options.challenge == "webroot" and not options.webroot:
        raise PlanError("webroot: challenge=webroot needs the folder that is served at http://NAME/")
    if bool(options.eab_kid) != options.eab_hmac:
        raise PlanError("eab_kid and eab_hmac go together")
    if any(one.startswith("*.") for one in options.domains):
        raise PlanError(
            "domains: a wildcard needs a DNS challenge, which this driver does not do. Either name the hosts"
            " instead of the wildcard; or have certbot get it on the host once, with a plugin of your DNS"
            " provider (certbot certonly --dns-PROVIDER -d '*.…'): from then on driver=certbot renews it, and"
            " writes it into copies such as HAProxy's; or get it elsewhere and give it to driver=files"
        )
    if lets_encrypt and options.eab_kid:
        raise PlanError("eab_kid: Let's Encrypt takes no external account binding")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text) or ".." in text:
        raise PlanError(f"name: {text} is no name of a certificate of certbot's")
    return text


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text) or len(text) > 253:
        raise PlanError(f"domains: {text} is no host name (international ones as xn--…)")
    return text


def _word(parameter: str, text: str) -> str:
    if text.startswith("-") or re.search(r"\s", text):
        raise PlanError(f"{parameter}: {text!r} has blanks or begins with a dash")
    return text


def _path(parameter: str, text: str) -> str:
    if not text:
        return ""
    if not _PATH.fullmatch(text):
        raise PlanError(f"{parameter}: {text!r} is not an absolute path")
    return "/" + posixpath.normpath(text).lstrip("/")


def _url(parameter: str, text: str) -> str:
    if not text:
        return ""
    wrong = https_trouble(text)
    if wrong == WITH_LOGIN:
        raise PlanError(f"{parameter}: {wrong} would be shown; not taken")
    if wrong:
        raise PlanError(f"{parameter}: {wrong} is not an https:// address")
    return text
