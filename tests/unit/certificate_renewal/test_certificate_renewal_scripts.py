"""The scripts by themselves: failures told apart, answers measured, secrets in no argument, any POSIX sh."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from opsconsole.recipes.certificate_renewal import RECIPE, scripts
from opsconsole.recipes.certificate_renewal.facts import FactSheet
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.certificate_renewal.scripts import script
from opsconsole.recipes.recipe import secret_mark
from opsconsole.recipes.runner import values as runner_values
from tests.unit.certificate_renewal.certificate_renewal_samples import NOBODY, WEB1, values

SHELLS = [["dash"], ["busybox", "ash"], ["bash", "--posix"]]
SHELLS = [words for words in SHELLS if shutil.which(words[0])] or [["sh"]]
SCRIPTS = sorted(path.stem for path in (Path(scripts.__file__).parent / "sh").glob("*.sh"))
shells = pytest.mark.parametrize("sh", SHELLS, ids=lambda words: words[0])


def run(sh: list[str], text: str, *arguments: str, stdin: bytes = b"") -> str:
    done = subprocess.run(
        [*sh, "-c", text, "test", *arguments], input=stdin, capture_output=True, check=False
    )
    return done.stdout.decode()


@shells
@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_can_be_read_by_every_sh(sh, name) -> None:
    done = subprocess.run([*sh, "-n"], input=script(name).encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def log_of(document: dict[str, object] | str, *headers: str) -> str:
    """Return the end of certbot's log, as certbot 2.1 writes it (acme.client: `Received response:`)."""
    body = document if isinstance(document, str) else json.dumps(document, indent=2)
    head = "\n".join(("HTTP 429", "Server: nginx", *headers, "Content-Type: application/problem+json"))
    lines = [
        "2026-11-26 12:00:00,001:DEBUG:acme.client:Received response:",
        "HTTP 400",
        "Content-Type: application/problem+json",
        "",
        '{\n  "type": "urn:ietf:params:acme:error:badNonce",\n  "detail": "invalid anti-replay nonce",\n'
        '  "status": 400\n}',
        "2026-11-26 12:00:01,001:DEBUG:acme.client:Received response:",
        head,
        "",
        body,
        "2026-11-26 12:00:01,002:ERROR:certbot._internal.renewal:Failed to renew certificate a.test …",
    ]
    return "\n".join(lines) + "\n"


def told(sh: list[str], tmp_path: Path, log: str, output: str = "") -> str:
    """Return what is said of a failure, given certbot's log and output."""
    (tmp_path / "log").write_text(log)
    (tmp_path / "out").write_text(f"Saving debug log to {tmp_path}/log\n\n{output}")
    text = script("nothing", ("certbot",)) + 'state=$2; renewal_failed "$1"'
    lines = run(sh, text, str(tmp_path / "out"), str(tmp_path)).splitlines()
    return lines[-1]


def problem(kind: str, detail: str, status: int = 403) -> dict[str, object]:
    return {"type": f"urn:ietf:params:acme:error:{kind}", "detail": detail, "status": status}


@shells
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("rateLimited", "the CA's rate limit is reached"),
        ("dns", "DNS: the CA cannot look a name up"),
        ("connection", "challenge: the CA cannot connect"),
        ("tls", "challenge: the CA's TLS connection"),
        ("unauthorized", "challenge: the answer at the name"),
        ("incorrectResponse", "challenge: the answer at the name"),
        ("caa", "CAA: a DNS record forbids this CA"),
        ("rejectedIdentifier", "permission: the CA refuses this name"),
        ("accountDoesNotExist", "account: the CA does not know"),
        ("externalAccountRequired", "account: the CA wants an external account binding"),
        ("userActionRequired", "account: the CA wants new terms"),
        ("badCSR", "the CA does not take this key or request"),
        ("serverInternal", "the CA has trouble itself"),
        ("somethingNew", "the CA refuses it"),
    ],
)
def test_acme_problems_are_told_apart(sh, tmp_path, kind, words) -> None:
    said = told(sh, tmp_path, log_of(problem(kind, 'x "quoted", y')))
    assert said.startswith(words)
    assert said.endswith(f': x "quoted", y (urn:ietf:params:acme:error:{kind}, HTTP 403)')


@shells
def test_a_rate_limit_says_when_it_is_over(sh, tmp_path) -> None:
    said = told(sh, tmp_path, log_of(problem("rateLimited", "too many", 429), "Retry-After: 3600"))
    assert said.endswith(
        "too many (urn:ietf:params:acme:error:rateLimited, HTTP 429); not before 3600 seconds from now"
    )


@shells
def test_the_problem_of_a_challenge_stands_within_its_authorization(sh, tmp_path) -> None:
    challenge = {
        "type": "http-01",
        "status": "invalid",
        "error": problem("dns", "DNS problem: NXDOMAIN", 400),
    }
    document = {"status": "invalid", "challenges": [{"type": "dns-01", "status": "pending"}, challenge]}
    for text in (json.dumps(document, indent=3), json.dumps(document, separators=(",", ":"))):
        said = told(sh, tmp_path, log_of(text))
        assert said.startswith("DNS: the CA cannot look a name up: DNS problem: NXDOMAIN")


@shells
def test_keys_in_any_order_and_one_line(sh, tmp_path) -> None:
    text = '{"status":429,"detail":"slow down","type":"urn:ietf:params:acme:error:rateLimited"}'
    said = told(sh, tmp_path, log_of(text))
    assert said.startswith("the CA's rate limit is reached")
    assert "slow down (urn:ietf:params:acme:error:rateLimited, HTTP 429)" in said


@shells
@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("Another instance of Certbot is already running.", "another certbot is at work"),
        ("Could not bind TCP port 80 because it is already in use", "the port for the challenge is taken"),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
            "own certificate is not trusted (ca_bundle)",
        ),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        (
            "OSError: [Errno 30] Read-only file system: '/etc/letsencrypt'",
            "permission: the file system is read-only",
        ),
        (
            "PermissionError: [Errno 13] Permission denied: '/var/www'",
            "permission: certbot may not write or read",
        ),
        ("Requesting localhost/dir: Connection refused", "the ACME server cannot be reached"),
        ("[Errno -2] Name or service not known", "DNS: the host cannot look the ACME server up"),
        ("Certificate not yet due for renewal", "certbot does not take it for due yet"),
        (
            "Something else went wrong.\n- - - -\nAsk for help or search …",
            "certbot: Something else went wrong.",
        ),
    ],
)
def test_what_no_ca_said_is_told_apart_too(sh, tmp_path, output, words) -> None:
    assert words in told(sh, tmp_path, "", output)


CAPTURED = Path(__file__).parent / "captured"
"""What certbot 2.1 of Debian 12 said and wrote into its log at pebble 2.4 (long base64 texts left out)."""


@shells
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dns", "DNS: the CA cannot look a name up: "),
        ("unauthorized", "challenge: the answer at the name is not the one that was asked for"),
        (
            "rate-limit",
            "the CA's rate limit is reached; do not try again before it is over: too many certificates (5)",
        ),
        ("read-only", "permission: the file system is read-only"),
    ],
)
def test_real_failures_are_told_apart(sh, tmp_path, name, words) -> None:
    output = (CAPTURED / f"{name}.output").read_text().replace("/var/log/letsencrypt/letsencrypt.log", "LOG")
    (tmp_path / "out").write_text(
        output.replace("Saving debug log to LOG", f"Saving debug log to {tmp_path}/log")
    )
    shutil.copy(CAPTURED / f"{name}.log", tmp_path / "log")
    text = script("nothing", ("certbot",)) + 'state=$2; renewal_failed "$1"'
    assert run(sh, text, str(tmp_path / "out"), str(tmp_path)).splitlines()[-1].startswith(words)


@shells
def test_what_an_earlier_run_wrote_into_the_same_log_is_not_this_runs(sh, tmp_path) -> None:
    """Debian's certbot has `max-log-backups = 0`: it appends."""
    old = log_of(problem("unauthorized", "of yesterday"))
    (tmp_path / "log").write_text(
        old + "2026-11-26 13:00:00,001:DEBUG:certbot._internal.main:certbot version: 2.1.0\n"
    )
    said = "OSError: [Errno 30] Read-only file system"
    (tmp_path / "out").write_text(f"Saving debug log to {tmp_path}/log\n{said}\n")
    inode = (tmp_path / "log").stat().st_ino
    text = script("nothing", ("certbot",)) + 'state=$2 own_log=$2/log log_before=$3; renewal_failed "$1"'
    before = f"{inode} {len(old.encode())}"
    lines = run(sh, text, str(tmp_path / "out"), str(tmp_path), before).splitlines()
    assert lines[-1] == "permission: the file system is read-only"


@shells
def test_a_name_without_an_address_is_dns_whatever_the_ca_calls_it(sh, tmp_path) -> None:
    detail = 'Get "http://a.test:80/.well-known/x": could not resolve URL "http://a.test:80/"'  # pebble's
    assert told(sh, tmp_path, log_of(problem("connection", detail, 400))).startswith("DNS: ")


@shells
def test_hostile_words_of_a_server_stay_words(sh, tmp_path) -> None:
    said = told(sh, tmp_path, log_of(problem("dns", "$(touch x) `id` %s \\n", 400)))
    assert "$(touch x) `id` %s" in said


@shells
@pytest.mark.parametrize(
    ("answer", "rest", "good"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 2, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 0, False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello", 0, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 0, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", 0, False),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", 0, True),
        (b"", 0, False),
        (b"\x00\xff\n", 0, False),
    ],
)
def test_whether_an_answer_is_whole(sh, tmp_path, answer, rest, good) -> None:
    (tmp_path / "answer").write_bytes(answer)
    text = script("nothing", ("proof",)) + 'if whole "$1" "$2"; then echo yes; else echo no; fi'
    said = run(sh, text, str(tmp_path / "answer"), str(rest))
    assert said.splitlines()[-1] == ("yes" if good else "no")


@shells
def test_hostile_paths_are_never_evaluated(sh, tmp_path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    path = folder / "a $(touch x) ;`b`\n'\"\\n.pem"
    path.write_bytes(b"x")
    text = script("nothing", ("same",)) + 'read -r one; decode "$one"; sheet "$path"'
    text = f"cd {folder} && {{\n{text}\n}}"
    said = run(sh, text, stdin=f"{escaped(str(path))}\n".encode())
    assert "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" in said
    assert [one.name for one in folder.iterdir()] == [path.name]


def test_the_secret_of_an_account_reaches_a_host_on_standard_input_only() -> None:
    given = values(
        driver="acme",
        domains="a.test",
        server="https://ca.test/acme",
        webroot="/var/www",
        eab_kid="kid-1",
        eab_hmac="c2VjcmV0LWhtYWM",
    )
    folder = "/etc/letsencrypt"
    binding = {
        "driver": "acme",
        "certbot": "2.1.0",
        "name": "a.test",
        "live": f"{folder}/live/a.test",
        "archive": f"{folder}/archive/a.test",
        "conf": f"{folder}/renewal/a.test.conf",
        "replace": None,
        "fingerprint": "",
        "serving": NOBODY.as_json(),
        "timer": None,
    }
    shown = {
        "now": 1,
        "next_run": "",
        "crons": [],
        "broken": {},
        "idle": {},
        "identical": {},
        "weekly_limit": 5,
    }
    plan = RECIPE.plan(WEB1, given, FactSheet(binding, shown))
    assert [step.name for step in plan.steps] == ["rehearse", "keep", "issue", "prove"]
    assert runner_values.problem(plan, {"eab_hmac": "c2VjcmV0LWhtYWM"}) == ""
    for step in plan.steps:
        for command in step.commands:
            assert "c2VjcmV0LWhtYWM" not in " ".join(command.argv)
            assert b"c2VjcmV0LWhtYWM" not in (command.stdin or b"")
            assert (secret_mark("eab_hmac") in (command.stdin or b"")) == (step.name in ("rehearse", "issue"))
    assert "gone /etc/letsencrypt/live/a.test\n" in (plan.steps[2].undo.check.command.stdin or b"").decode()
