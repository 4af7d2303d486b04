"""Heads are signed with a key of the agent or of a file, as ssh-keygen itself would verify them."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_room import entry

from opsconsole.console.ssh import signing
from opsconsole.console.ssh.signing import NAMESPACE, check_signature, find_signer
from opsconsole.data.ledger import Ledger, Signer, SigningError
from opsconsole.data.ledger_anchor import anchors_path
from opsconsole.data.ledger_verify import verify

KINDS = ("ed25519", "rsa", "ecdsa")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for kind in KINDS:
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", folder / kind], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "phrase", "-f", folder / "locked"], check=True)
    return folder


@pytest.fixture(scope="module")
def agent(keys: Path) -> Iterator[str]:
    socket = str(keys / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    environment = {**os.environ, "SSH_AUTH_SOCK": socket}
    for kind in KINDS:
        subprocess.run(["ssh-add", "-q", keys / kind], env=environment, check=True)
    yield socket
    process.kill()
    process.wait()


def ssh_keygen_says(keys: Path, kind: str, message: bytes, armored: str) -> bool:
    (keys / "signature").write_text(armored)
    (keys / "allowed").write_text("me " + (keys / f"{kind}.pub").read_text())
    argv = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "me", "-n", NAMESPACE, "-s", "signature"]
    return subprocess.run(argv, input=message, cwd=keys, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_signatures_of_a_file_and_of_the_agent(keys: Path, agent: str, kind: str) -> None:
    for signer, why in (find_signer(keys / kind, "none"), find_signer(keys / f"{kind}.pub", agent)):
        assert signer is not None, why
        signature = signer.sign(b"a head")
        assert signature.fingerprint == signer.fingerprint
        assert check_signature(b"a head", signature) == ""
        assert "not over this head" in check_signature(b"another head", signature)
        assert ssh_keygen_says(keys, kind, b"a head", signature.armored)
        assert not ssh_keygen_says(keys, kind, b"another head", signature.armored)


async def test_the_agent_signs_also_where_an_event_loop_runs(agent: str) -> None:
    signer, _ = find_signer(None, agent)
    assert signer is not None
    assert check_signature(b"x", signer.sign(b"x")) == ""
    assert check_signature(b"x", await asyncio.to_thread(signer.sign, b"x")) == ""


def test_where_nobody_can_sign_it_says_why(keys: Path, agent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "DEFAULT_FILES", (str(keys / "locked"),))
    for key, socket, words in (
        (keys / "none", "none", "No such file"),
        (keys / "locked", "none", "assphrase"),
        (keys / "locked.pub", agent, "the agent does not hold it"),
        (None, "none", "no SSH agent"),
        (None, str(keys / "no-agent"), "does not answer"),
    ):
        signer, why = find_signer(key, socket)
        assert signer is None
        assert words in why


def test_an_agent_that_is_gone_is_an_error_for_a_person(keys: Path, agent: str) -> None:
    signer, _ = find_signer(keys / "rsa.pub", agent)
    assert isinstance(signer, signing.AgentSigner)
    signer._socket = str(keys / "no-agent")
    with pytest.raises(SigningError, match="did not sign"):
        signer.sign(b"x")


@pytest.mark.parametrize(
    "armored", ["", "x", "-----BEGIN SSH SIGNATURE-----\n!!\n-----END SSH SIGNATURE-----"]
)
def test_garbage_is_no_signature(keys: Path, armored: str) -> None:
    signer, _ = find_signer(keys / "ed25519", "none")
    assert signer is not None
    assert check_signature(b"x", replace(signer.sign(b"x"), armored=armored))


def test_a_signature_by_another_key_than_it_says(keys: Path) -> None:
    one, other = find_signer(keys / "ed25519", "none")[0], find_signer(keys / "rsa", "none")[0]
    assert one is not None
    assert other is not None
    forged = replace(one.sign(b"x"), fingerprint=other.fingerprint)
    assert "another key" in check_signature(b"x", forged)


class TestHeads:
    @pytest.fixture
    def signer(self, keys: Path) -> Signer:
        signer, why = find_signer(keys / "ed25519", "none")
        assert signer is not None, why
        return signer

    def test_a_signed_head_vouches_for_all_before_it(self, path: Path, signer: Signer) -> None:
        ledger = Ledger.open(path)
        head = ledger.sign_head(signer)
        assert head.signature is not None
        assert ledger.last_signed() == head
        found = verify(path, check=check_signature, signers=[signer.fingerprint])
        assert (found.intact, found.signed, found.signatures, found.notes) == (True, head, 1, ())
        ledger.append(entry("start", run_id="r3"))
        assert "1 events after" in verify(path, check=check_signature).notes[0]

    def test_unsigned_is_said_so(self, path: Path) -> None:
        ledger = Ledger.open(path)
        assert ledger.sign_head(None).signature is None
        found = verify(path, check=check_signature)
        assert found.intact
        assert "no head is signed" in found.notes[0]
        assert not verify(path, check=check_signature, signers=["SHA256:x"]).intact

    def test_a_changed_signature_is_seen(self, path: Path, signer: Signer) -> None:
        ledger = Ledger.open(path)
        ledger.sign_head(signer)
        anchors = anchors_path(path)
        text = anchors.read_text()
        at = text.rindex("SIGNATURE-----\\n") - 60
        changed = "A" if text[at] != "A" else "B"
        anchors.write_text(text[:at] + changed + text[at + 1 :])
        found = verify(path, check=check_signature)
        assert not found.intact
        assert found.first_bad == 11

    def test_a_signature_moved_to_another_head_is_seen(self, path: Path, signer: Signer) -> None:
        ledger = Ledger.open(path)
        signed = ledger.sign_head(signer)
        event = ledger.append(entry("start", run_id="r3"))
        ledger._anchors.write(replace(signed, seq=event.seq, hash=event.hash))
        found = verify(path, check=check_signature)
        assert not found.intact
        assert found.first_bad == event.seq
