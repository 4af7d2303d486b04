"""PKCS#12 files of a real host: made by its own openssl, read once their password is given."""

from __future__ import annotations

import pytest

from opsconsole.console.certificates_passwords import read_asking
from opsconsole.console.inventory import HostEntry, Inventory
from opsconsole.console.settings import Settings
from opsconsole.panels.certificates.passwords import PASSWORDS
from opsconsole.panels.certificates.settings import CertificatesSettings
from tests.lab.altered import altered
from tests.lab.conftest import Lab
from tests.lab.endpoints import fingerprints

pytestmark = pytest.mark.lab

PASSWORD = "lab-keystore $pw'1"
FOLDER = "/var/tmp/opsconsole-lab-p12"
MAKE = f"""
set -e
mkdir -m 700 -p {FOLDER}; cd {FOLDER}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out one.pem \\
    -days 90 -subj /CN=keystore.lab.test -addext subjectAltName=DNS:keystore.lab.test 2>/dev/null
for name in exact globbed; do
    cat >pass <<'PASS'
{PASSWORD}
PASS
    openssl pkcs12 -export -in one.pem -inkey key.pem -out $name.p12 -passout file:pass
done
rm -f pass key.pem
"""


class Person:
    """Gives a wrong password first."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        self.asked.append(question)
        return PASSWORD if "That was not its password." in question else "wrong"

    async def accept_host_key(self, offer: object) -> bool:
        return False


async def test_a_keystore_is_read_once_its_password_is_given(lab: Lab) -> None:
    entry = HostEntry(
        lab.hosts["web2"],
        panel_settings={
            "certificates": CertificatesSettings(files=(f"{FOLDER}/exact.p12", f"{FOLDER}/g*.p12"))
        },
    )
    inventory = Inventory({"web2": entry})
    person = Person()
    paths = [f"{FOLDER}/exact.p12", f"{FOLDER}/globbed.p12"]
    with altered("web2", "p12", MAKE, f"rm -rf {FOLDER}"):
        try:
            (state,) = await read_asking([entry], Settings(), inventory, person)
        finally:
            for path in paths:
                PASSWORDS.forget("web2", path)
        mark = fingerprints("web2", f"{FOLDER}/one.pem")
    reading = state.panels["certificates"].reading
    files = {file.path: file for file in reading.files}
    for path in paths:
        assert [one.fingerprint_sha256 for one in files[path].certificates] == mark
        assert (files[path].kind, files[path].password_needed) == ("pkcs12", False)
        assert [key.matches for key in files[path].keys] == [True]
    assert len(person.asked) == 4
