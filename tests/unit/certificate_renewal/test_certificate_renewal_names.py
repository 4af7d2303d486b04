"""The names of a certificate: this program and the scripts spell them alike, IP addresses too."""

from __future__ import annotations

import hashlib
import ipaddress
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.data.tls.read import read
from opsconsole.recipes.certificate_renewal.lineages import names_hash
from opsconsole.recipes.certificate_renewal.names import spelt
from opsconsole.recipes.certificate_renewal.scripts import script
from tests.unit.certificate_renewal.certificate_renewal_samples import found, kept, pair, pem, planned

SHELLS = [["dash"], ["busybox", "ash"], ["bash", "--posix"]]
SHELLS = [words for words in SHELLS if shutil.which(words[0])] or [["sh"]]
shells = pytest.mark.parametrize("sh", SHELLS, ids=lambda words: words[0])
MIXED = ("a.test", "192.0.2.1", "*.b.test", "2001:db8::1", "::ffff:192.0.2.9")
FAR = {"left_days": 30_000}


def test_ipv6_is_spelt_in_full() -> None:
    assert spelt(["a.test", "2001:db8::1", "192.0.2.1", "A.test"]) == [
        "192.0.2.1",
        "2001:db8:0:0:0:0:0:1",
        "a.test",
    ]
    assert spelt(["a:b", ":"]) == [":", "a:b"]


@shells
def test_the_hash_of_what_was_taken_back_is_that_of_what_is_counted(sh: list[str], tmp_path: Path) -> None:
    file = tmp_path / "cert1.pem"
    file.write_bytes(pem(*MIXED))
    text = script("nothing", ("names",)) + 'names_of "$1" | sha256sum'
    done = subprocess.run([*sh, "-c", text, "test", str(file)], capture_output=True, check=True)
    (one,) = read(file.read_bytes())
    assert done.stdout.decode().splitlines()[-1].split()[0] == names_hash(one.names)
    assert (
        names_hash(one.names)
        == hashlib.sha256(
            b"*.b.test\n0:0:0:0:0:ffff:c000:209\n192.0.2.1\n2001:db8:0:0:0:0:0:1\na.test\n"
        ).hexdigest()
    )


@settings(max_examples=20)
@given(st.sets(st.ip_addresses(), min_size=1, max_size=5))
def test_any_addresses_are_spelt_as_openssl_writes_them(
    addresses: set[ipaddress.IPv4Address | ipaddress.IPv6Address],
) -> None:
    made = pem(*(str(one) for one in sorted(addresses, key=str)))
    text = script("nothing", ("names",)) + "names_of /dev/stdin"
    done = subprocess.run([*SHELLS[0], "-c", text], input=made, capture_output=True, check=True)
    (one,) = read(made)
    assert done.stdout.decode().splitlines()[1:] == spelt(one.names)


def judged(sh: list[str], live: Path, line: str) -> tuple[int, str]:
    """Return what `renewed.sh` says of the certificate in `live`, for a line of a plan."""
    text = script("renewed").replace("/run /dev/shm /tmp", str(live.parent))
    words = line.split(" ")
    stdin = " ".join([*words[:-1], str(live)]) + "\n"
    done = subprocess.run(
        [*sh, "-c", text, "renewed", "0123456789ab"], input=stdin, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def placed(folder: Path, *names: str) -> Path:
    certificate, key = pair(*names, **FAR)
    live = folder / "live"
    live.mkdir()
    for name in ("cert", "fullchain"):
        (live / f"{name}.pem").write_bytes(certificate)
    (live / "privkey.pem").write_bytes(key)
    return live


@shells
@pytest.mark.parametrize("names", [MIXED, ("a.test",), ("2001:db8::1",), ("192.0.2.1", "192.0.2.2")])
def test_a_renewal_for_addresses_is_proved(sh: list[str], tmp_path: Path, names: tuple[str, ...]) -> None:
    plan = planned(found(kept("a", *names)))
    step = next(step for step in plan.steps if step.name == "renew")
    (line,) = (step.check.command.stdin or b"").decode().splitlines()
    status, said = judged(sh, placed(tmp_path, *reversed(names)), line)
    assert status == 0, said
    assert f" {len(names)} names, its key belongs to it" in said


@shells
@pytest.mark.parametrize("lost", ["192.0.2.1", "2001:db8::1", "a.test"])
def test_a_name_that_is_lost_is_told(sh: list[str], tmp_path: Path, lost: str) -> None:
    plan = planned(found(kept("a", *MIXED)))
    step = next(step for step in plan.steps if step.name == "renew")
    (line,) = (step.check.command.stdin or b"").decode().splitlines()
    status, said = judged(sh, placed(tmp_path, *(name for name in MIXED if name != lost)), line)
    assert status == 1
    assert f"names are missing in it: {spelt([lost])[0]} \n" in said


@shells
def test_a_certificate_without_names_asks_for_none(sh: list[str], tmp_path: Path) -> None:
    status, said = judged(sh, placed(tmp_path, "a.test"), "a - - - x")
    assert status == 0, said
