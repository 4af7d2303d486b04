"""The script that reads certificate files, run here by dash and by BusyBox on files of every kind."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from opsconsole.panels.certificates import parse_files
from opsconsole.panels.certificates.files_command import Kind, Wanted, command
from opsconsole.panels.certificates.parse_files import Answer

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ENCODING = serialization.Encoding
PKCS8 = serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()


class Made:
    """A certificate and its key."""

    def __init__(self, name: str = "one.example.org") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(77)
            .not_valid_before(NOW)
            .not_valid_after(NOW + timedelta(days=90))
            .sign(self.key, hashes.SHA256())
        )
        self.pem = self.certificate.public_bytes(ENCODING.PEM)
        self.der = self.certificate.public_bytes(ENCODING.DER)
        self.key_pem = self.key.private_bytes(ENCODING.PEM, PKCS8, PLAIN)
        self.key_der = self.key.private_bytes(ENCODING.DER, PKCS8, PLAIN)
        self.public_sha256 = _sha256(
            self.key.public_key().public_bytes(ENCODING.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        )

    def encrypted(self, password: bytes) -> bytes:
        return self.key.private_bytes(ENCODING.PEM, PKCS8, serialization.BestAvailableEncryption(password))

    def bundle(self, password: bytes) -> bytes:
        kept = serialization.BestAvailableEncryption(password) if password else PLAIN
        return pkcs12.serialize_key_and_certificates(b"x", self.key, self.certificate, None, kept)

    def never(self, answer: bytes) -> None:
        """Fail where any part of the key is in an answer."""
        secret = self.key.private_numbers().private_value.to_bytes(32, "big")
        text = re.sub(rb"[\s|#]", b"", answer)
        assert b"PRIVATE KEY" not in answer
        assert secret.hex().encode() not in text.lower()
        body = b"".join(line for line in self.key_pem.splitlines() if b"-----" not in line)
        assert body[30:70] not in text  # where the secret number stands
        for line in self.key_pem.splitlines()[1:-1]:
            assert line[8:] not in text
        assert base64.b64encode(secret)[4:36] not in text


def _sha256(data: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize().hex()


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Return how to run sh: as Debian has it, and with BusyBox's own tools alone beside openssl."""
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    if name == "dash":
        yield ["dash"]
        return
    tools = tmp_path_factory.mktemp("busybox")
    for tool in (
        "awk",
        "sed",
        "od",
        "tr",
        "stat",
        "head",
        "grep",
        "readlink",
        "date",
        "sha256sum",
        "timeout",
        "sh",
    ):
        (tools / tool).symlink_to("/usr/bin/busybox")
    (tools / "openssl").symlink_to(shutil.which("openssl") or "/nowhere")
    yield ["env", f"PATH={tools}", "/usr/bin/busybox", "sh"]


def run(shell: list[str], *wanted: tuple[Kind, Path | str] | Wanted) -> tuple[Answer, bytes]:
    """Return what is read of these files, and the raw answer."""
    files = [one if isinstance(one, Wanted) else Wanted(str(one[1]), one[0]) for one in wanted]
    made = command(files, root=False)
    done = subprocess.run(
        [*shell, *made.argv[1:]], input=made.stdin, capture_output=True, timeout=30, check=True
    )
    assert done.stderr == b""
    return parse_files.read(done.stdout), done.stdout


def test_a_chain_is_read_and_a_key_only_from_outside(shell: list[str], made: Made, tmp_path: Path) -> None:
    other = Made("ca.example.org")
    (tmp_path / "full chain.pem").write_bytes(b"text before\n" + made.pem + b"\n" + other.pem)
    (tmp_path / "key.pem").write_bytes(made.key_pem)
    (tmp_path / "key.pem").chmod(0o600)
    answer, raw = run(shell, ("certificate", tmp_path / "full chain.pem"), ("key", tmp_path / "key.pem"))
    seen = answer.files[str(tmp_path / "full chain.pem")]
    assert [one.common_name for one in seen.certificates] == ["one.example.org", "ca.example.org"]
    assert (seen.state, seen.kind, seen.has_key, seen.why) == ("read", "pem", False, "")
    key = answer.keys[str(tmp_path / "key.pem")]
    assert key.public_key_sha256 == made.public_sha256 == seen.certificates[0].public_key_sha256
    assert (key.mode, key.readable_by, key.state) == (0o600, "owner", "read")
    assert answer.whole
    made.never(raw)


@pytest.mark.parametrize("order", ["certificate first", "key first", "key inside", "unended", "on one line"])
def test_no_key_leaves_however_the_file_is_written(
    shell: list[str], made: Made, tmp_path: Path, order: str
) -> None:
    head, tail = made.pem[:-27], b"-----END CERTIFICATE-----\n"
    text = {
        "certificate first": made.pem + made.key_pem,
        "key first": made.key_pem + made.pem,
        "key inside": head + made.key_pem + tail,
        "unended": head + b"\n" + made.key_pem + made.pem,
        "on one line": b"-----BEGIN CERTIFICATE-----" + made.key_pem.replace(b"\n", b"\r"),
    }[order]
    path = tmp_path / "both.pem"
    path.write_bytes(text)
    answer, raw = run(shell, ("certificate", path), ("bundle", path), ("glob", f"{tmp_path}/*"))
    made.never(raw)
    if order in ("certificate first", "key first"):
        seen = answer.files[str(path)]
        assert [one.common_name for one in seen.certificates] == ["one.example.org"]
        assert seen.has_key
        assert seen.key is not None
        assert seen.key.in_certificate
        assert seen.key.public_key_sha256 == made.public_sha256


def test_der_is_a_certificate_or_is_not_sent(shell: list[str], made: Made, tmp_path: Path) -> None:
    (tmp_path / "a.crt").write_bytes(made.der)
    (tmp_path / "a.key").write_bytes(made.key_der)
    sec1 = made.key.private_bytes(ENCODING.DER, serialization.PrivateFormat.TraditionalOpenSSL, PLAIN)
    (tmp_path / "sec1.key").write_bytes(sec1)
    answer, raw = run(shell, ("glob", f"{tmp_path}/*"))
    made.never(raw)
    found = answer.files[str(tmp_path / "a.crt")]
    assert (found.kind, found.certificates[0].common_name) == ("der", "one.example.org")
    assert {answer.files[str(tmp_path / name)].state for name in ("a.key", "sec1.key")} == {"broken"}


def test_pkcs12_with_and_without_its_password(shell: list[str], made: Made, tmp_path: Path) -> None:
    path = tmp_path / "store.p12"
    path.write_bytes(made.bundle(b"gar ten"))
    answer, raw = run(shell, ("certificate", path))
    assert answer.files[str(path)].password_needed
    assert answer.files[str(path)].certificates == ()
    answer, more = run(shell, Wanted(str(path), "certificate", "gar ten"))
    seen = answer.files[str(path)]
    assert (seen.kind, seen.password_needed, seen.state) == ("pkcs12", False, "read")
    assert seen.certificates[0].common_name == "one.example.org"
    assert seen.key is not None
    assert seen.key.public_key_sha256 == made.public_sha256
    made.never(raw + more)
    assert b"gar ten" not in raw + more


def test_a_password_is_for_one_file_only(shell: list[str], made: Made, tmp_path: Path) -> None:
    for name in ("a.p12", "b.p12"):
        (tmp_path / name).write_bytes(made.bundle(b"secret"))
    answer, _ = run(
        shell, Wanted(str(tmp_path / "a.p12"), "certificate", "secret"), ("certificate", tmp_path / "b.p12")
    )
    assert [answer.files[str(tmp_path / name)].password_needed for name in ("a.p12", "b.p12")] == [
        False,
        True,
    ]


def test_keys_that_cannot_be_opened(shell: list[str], made: Made, tmp_path: Path) -> None:
    (tmp_path / "locked.key").write_bytes(made.encrypted(b"x"))
    (tmp_path / "junk.key").write_bytes(b"hello\n")
    (tmp_path / "folder").mkdir()
    answer, raw = run(
        shell, *(("key", tmp_path / name) for name in ("locked.key", "junk.key", "folder", "gone.key"))
    )
    keys = {Path(path).name: one for path, one in answer.keys.items()}
    assert {name: one.state for name, one in keys.items()} == {
        "locked.key": "unknown",
        "junk.key": "broken",
        "folder": "broken",
        "gone.key": "missing",
    }
    assert "pass phrase" in keys["locked.key"].why
    assert all(one.public_key_sha256 is None for one in keys.values())
    made.never(raw)


@pytest.mark.parametrize(
    ("mode", "above", "expected"),
    [(0o644, 0o755, "others"), (0o644, 0o700, "owner"), (0o600, 0o755, "owner"), (0o604, 0o751, "others")],
)
def test_who_reads_a_key_is_told_by_the_folders_above_it_too(
    shell: list[str],
    made: Made,
    mode: int,
    above: int,
    expected: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    base = tmp_path_factory.mktemp("keys")
    for one in (base, *base.parents):
        if not one.stat().st_mode & 0o001 and one.owner() == "root" and one != base:
            one.chmod(0o755)
    folder = base / "private"
    folder.mkdir()
    base.chmod(0o755)
    (folder / "a.key").write_bytes(made.key_pem)
    (folder / "a.key").chmod(mode)
    folder.chmod(above)
    answer, _ = run(shell, ("key", folder / "a.key"))
    assert answer.keys[str(folder / "a.key")].readable_by == expected


def test_links_folders_and_what_is_not_there(shell: list[str], made: Made, tmp_path: Path) -> None:
    certs = tmp_path / "certs"
    certs.mkdir()
    (certs / "a.pem").write_bytes(made.pem + made.key_pem)
    (certs / "b.pem").write_bytes(made.pem)
    (certs / "b.pem.key").write_bytes(made.key_pem)
    (certs / ".hidden.pem").write_bytes(made.pem)
    (tmp_path / "link.pem").symlink_to("certs/a.pem")
    (tmp_path / "dangling.pem").symlink_to("nowhere.pem")
    answer, raw = run(
        shell,
        ("bundle", certs),
        ("certificate", tmp_path / "link.pem"),
        ("certificate", tmp_path / "dangling.pem"),
        ("certificate", tmp_path / "gone" / "x.pem"),
    )
    made.never(raw)
    seen = {Path(path).name: one for path, one in answer.files.items()}
    assert set(seen) == {"a.pem", "b.pem", "link.pem", "dangling.pem", "x.pem"}
    assert seen["link.pem"].target == str(certs / "a.pem")
    assert {seen[name].state for name in ("dangling.pem", "x.pem")} == {"missing"}
    beside = seen["b.pem"].key
    assert beside is not None
    assert (beside.path, beside.in_certificate) == (str(certs / "b.pem.key"), False)
    assert seen["a.pem"].key is not None
    assert seen["a.pem"].key.in_certificate


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_what_we_may_not_read_is_said(made: Made, tmp_path_factory: pytest.TempPathFactory) -> None:
    base = Path("/tmp") / f"opsconsole-test-{os.getpid()}"  # below it nobody may look, not above
    try:
        (base / "closed").mkdir(parents=True)
        (base / "closed" / "a.pem").write_bytes(made.pem)
        (base / "b.pem").write_bytes(made.pem)
        (base / "b.pem").chmod(0o600)
        (base / "closed").chmod(0o700)
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "dash"]
        answer, _ = run(
            as_nobody, ("certificate", base / "closed" / "a.pem"), ("certificate", base / "b.pem")
        )
        assert [one.state for one in answer.files.values()] == ["forbidden", "forbidden"]
    finally:
        shutil.rmtree(base, ignore_errors=True)


def test_hostile_names_are_names(shell: list[str], made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "$(touch pwned) `id` ; * ' \""
    folder.mkdir()
    (folder / "-n.pem").write_bytes(made.pem)
    answer, _ = run(shell, ("certificate", folder / "-n.pem"), ("glob", f"{tmp_path}/*/-n.pem"))
    assert answer.files[str(folder / "-n.pem")].state == "read"
    assert not (tmp_path / "pwned").exists()


def test_a_path_with_a_line_break_is_not_sent() -> None:
    made = command(
        [Wanted("/a\nk/etc/shadow", "certificate"), Wanted("/b", "key"), Wanted("relative", "key")], root=True
    )
    assert made.stdin is not None
    assert made.stdin.endswith(b"\n@@paths\nk/b\n")


def test_without_openssl_the_key_is_unknown(made: Made, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("awk", "sed", "od", "tr", "stat", "head", "grep", "readlink", "date", "sha256sum"):
        (tools / tool).symlink_to("/usr/bin/busybox")
    (tmp_path / "a.key").write_bytes(made.key_pem)
    # The script adds /usr/sbin and /sbin, where openssl is not.
    answer, _ = run(["env", f"PATH={tools}", "/usr/bin/busybox", "sh"], ("key", tmp_path / "a.key"))
    key = answer.keys[str(tmp_path / "a.key")]
    assert (key.state, key.public_key_sha256) == ("unknown", None)
    assert "openssl" in key.why
