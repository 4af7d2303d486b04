"""What the engineer gave for the files driver, made plain on this machine: PEM, and the key's public half.

The private key is looked at here only. What is shown, planned and remembered is the digest of that half.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterable
from dataclasses import replace

from opsconsole.data.text import clean_line
from opsconsole.data.tls.certificate import Certificate, CertificateError
from opsconsole.recipes.certificate_renewal.files_options import DRIVER, GIVEN
from opsconsole.recipes.parameters import to_file
from opsconsole.recipes.recipe import Given, ParameterError

_PEM_COLUMNS = 64
_EXPECTED = "expected a certificate; PKCS#12 goes to key=@FILE"


def prepare(given: Given) -> Given:
    """Return what was given with plain PEM in it and `key_public` set; see `recipe.Given`.

    Raises:
        ParameterError: A file is not what it should be; of it `SecretNeededError`: its password is needed.
    """
    if not any(given.texts.get(name) for name in GIVEN):
        return given
    texts, secrets = dict(given.texts), dict(given.secrets)
    driver = texts.setdefault("driver", DRIVER)
    if driver != DRIVER:
        first = next(name for name in GIVEN if texts.get(name))
        raise ParameterError(f"{first}: it is for driver={DRIVER}, found driver={clean_line(driver, 40)}")
    own = ""
    if secrets.get("key"):
        from opsconsole.recipes.certificate_renewal.files_key import opened

        found = opened(to_file(secrets["key"]), secrets.get("key_password"))
        secrets["key"], texts["key_public"] = found.pem, found.public_sha256
        own = pem(found.certificates)
    if secrets.pop("key_password", None):
        texts["key_password"] = ""
    if not texts.get("certificate") and own:
        texts["certificate"] = own
    if texts.get("certificate"):
        parts = [_certificates(name, texts[name]) for name in ("certificate", "chain") if texts.get(name)]
        texts["certificate"] = pem(one for part in parts for one in part)
        texts["chain"] = ""
    return replace(given, texts=texts, secrets=secrets)


def pem(certificates: Iterable[Certificate]) -> str:
    """Return certificates as PEM, in their order."""
    blocks = []
    for one in certificates:
        body = "\n".join(textwrap.wrap(base64.b64encode(one.der).decode("ascii"), _PEM_COLUMNS))
        blocks.append(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    return "".join(blocks)


def _certificates(name: str, text: str) -> tuple[Certificate, ...]:
    from opsconsole.data.tls.der import is_pkcs12
    from opsconsole.data.tls.read import contents

    try:
        data = to_file(text)
        if is_pkcs12(data):
            raise ParameterError(f"{name}: found PKCS#12, {_EXPECTED}")
        found = contents(data)
    except (CertificateError, ValueError) as error:
        raise ParameterError(f"{name}: {error}") from None
    if found.has_private_key:
        raise ParameterError(f"{name}: found a file with a private key, {_EXPECTED}")
    if found.broken:
        raise ParameterError(f"{name}: {'; '.join(found.broken)}")
    return found.certificates
