"""The reader: what is kept, what is replaced, what is unknown; any bytes in, a reading out."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.panels.certificates import PANEL, parse_files
from opsconsole.panels.certificates.files_command import NOTHING
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.observed import Observed
from opsconsole.panels.certificates.reader import CertificatesReader
from opsconsole.panels.certificates.reading import CertificatesReading, Endpoint, Note, Renewer
from opsconsole.panels.panel import Level, SectionOutput
from tests.unit.tls.forge import issue

CAPTURED = Path(__file__).parent / "captured"
NOW = datetime(2026, 11, 26, 12, 15, tzinfo=UTC)
HOST = (CAPTURED / "tls1.host").read_bytes()
FILES = (CAPTURED / "tls1.files").read_bytes()


def part(name: str, body: str = "", status: int = 0) -> bytes:
    return f"\n@@{name}\n{body}\n@@={status}\n".encode()


WHO = part("who", "0\n1795693591\n+0200\nsystemd") + part("tools", "openssl\nawk\n")


def host(*parts: bytes, root: bool = True) -> CertificatesReading:
    who = WHO if root else WHO.replace(b"\n0\n", b"\n1000\n")
    return CertificatesReader().read({"host": SectionOutput(b"".join((who, *parts)))}, NOW)


def unit(**values: str) -> str:
    return "".join(f"|{key}={value}\n" for key, value in values.items()) + "|\n"


TIMER = {
    "Unit": "certbot.service",
    "NextElapseUSecRealtime": "Thu 2026-11-26 19:32:55 UTC",
    "LastTriggerUSec": "Thu 2026-11-26 07:32:55 UTC",
    "Id": "certbot.timer",
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "waiting",
    "UnitFileState": "enabled",
}
SERVICE = {
    "Id": "certbot.service",
    "Result": "success",
    "ExecMainStartTimestamp": "Thu 2026-11-26 07:32:56 UTC",
    "LoadState": "loaded",
}


def timer(service: dict[str, str] | None = None, **changed: str) -> Renewer:
    said = part("timers", unit(**(TIMER | changed)) + unit(**(SERVICE | (service or {}))))
    (one,) = host(said, part("cron"), part("crond", "12")).renewers or ()
    return one


def test_a_timer_that_works() -> None:
    one = timer()
    assert one.works is True
    assert one.last_run_at == datetime(2026, 11, 26, 7, 32, 55, tzinfo=UTC)
    assert one.last_result == "success"


@pytest.mark.parametrize(
    ("service", "changed", "why"),
    [
        ({}, {"ActiveState": "inactive", "UnitFileState": "disabled"}, "it is not started, and not enabled"),
        ({}, {"ActiveState": "inactive"}, "it is not started"),
        ({}, {"UnitFileState": "disabled"}, "it is not enabled: it will not start after a reboot"),
        ({}, {"UnitFileState": "masked", "LoadState": "masked", "ActiveState": "inactive"}, "it is masked"),
        ({"Result": "exit-code"}, {}, ""),
    ],
)
def test_a_timer_that_does_not(service: dict[str, str], changed: dict[str, str], why: str) -> None:
    one = timer(service, **changed)
    assert (one.works, one.why) == (False, why)


@pytest.mark.parametrize(
    ("argvs", "tool", "works"),
    [
        (["/usr/bin/certbot -q renew --no-random-sleep-on-renew"], "certbot", True),
        (["/usr/bin/snap run --timer=00:00~24:00/2 certbot.renew"], "certbot", True),
        (["/usr/bin/mkdir -p /run/x", "/usr/bin/dehydrated -c"], "dehydrated", True),
        (["/usr/bin/rsync -a /etc/letsencrypt backup:/srv/"], "certbot", None),
        (["/usr/local/bin/own"], "certbot", None),
    ],
)
def test_what_a_timer_starts_says_whether_it_renews(argvs: list[str], tool: str, works: bool | None) -> None:
    started = "".join(
        f"|ExecStart={{ path=/x ; argv[]={argv} ; ignore_errors=no ; start_time=[n/a] ; pid=0 }}\n"
        for argv in argvs
    )
    units = unit(**(TIMER | {"Id": "letsencrypt.timer", "Unit": "own.service"}))
    service = started + unit(**(SERVICE | {"Id": "own.service"}))
    (one,) = host(part("timers", units + service), part("cron"), part("crond", "12")).renewers or ()
    assert (one.tool, one.works) == (tool, works)


def test_a_command_that_was_cut_short_is_not_known_by_the_name_of_its_timer() -> None:
    cut = "{ path=/usr/bin/rsync ; argv[]=/usr/bin/rsync -a /etc/letsencr"
    assert timer({"ExecStart": cut}).works is None
    assert timer({"ExecStart": ""}).works is True


def test_cron_says_when_it_runs_next_in_the_hosts_zone() -> None:
    job = part("cron", ">/etc/crontab\n|7:30 14 * * * root /opt/certbot/bin/certbot renew")
    who = WHO.replace(b"systemd\n", b"")
    said = who + job + part("crond", "12")
    (one,) = CertificatesReader().read({"host": SectionOutput(said)}, NOW).renewers or ()
    assert (one.kind, one.tool, one.place, one.works) == ("cron", "certbot", "/etc/crontab:7", True)
    assert one.next_run_at == datetime(2026, 11, 26, 12, 30, tzinfo=UTC)  # 14:30 at +02:00


def test_cron_without_its_daemon_does_not_renew() -> None:
    crontab, script = ">/etc/crontab\n|7:@daily root certbot renew", "/etc/cron.daily/certbot"
    said = part("cron", f"{crontab}\n+{script}\n>{script}\n|2:certbot renew") + part("crond", "", 1)
    found = host(said, part("timers")).renewers or ()
    assert [(one.works, one.why) for one in found] == [(False, "no cron daemon runs")] * 2


def test_debians_job_counts_only_without_systemd() -> None:
    line = r"|17:0 */12 * * * root test -x /usr/bin/certbot -a \! -d /run/systemd/system && certbot -q renew"
    job = part("cron", f">/etc/cron.d/certbot\n{line}") + part("crond", "12") + part("timers")
    assert [one.kind for one in host(job).renewers or ()] == ["none"]
    without = CertificatesReader().read({"host": SectionOutput(WHO.replace(b"systemd\n", b"") + job)}, NOW)
    assert [one.kind for one in without.renewers or ()] == ["cron"]


@pytest.mark.parametrize(
    ("sent", "works"),
    [
        (">/etc/cron.d/own\n|1:0 3 * * * root certbot renew", True),
        (">/var/spool/cron/crontabs/root\n|1:0 3 * * * /usr/bin/certbot renew", True),
        (">/var/spool/cron/crontabs/root\n|1:0 3 * * * root certbot renew", None),
        (">/etc/cron.d/backup\n|3:0 3 * * * root rsync -a /etc/letsencrypt backup:/srv/", None),
        (">/etc/cron.d/certbot\n|3:0 3 * * * certbot /opt/own/backup", None),
        (">/etc/cron.d/own\n|1:@reboot root certbot renew", None),
        (">/etc/cron.d/own\n|1:0 3 * * * root mail root%certbot renew", None),
        (">/etc/cron.d/own\n|1:0 3 * * * root [ -d /run/systemd/system ] || certbot renew", None),
        ("+/etc/cron.daily/own\n>/etc/cron.daily/own\n|2:sleep 5; certbot -q renew", True),
        ("+/etc/cron.daily/own.sh\n>/etc/cron.daily/own.sh\n|2:certbot renew", None),
        ("+/etc/cron.daily/certbot-backup\n>/etc/cron.daily/certbot-backup\n|2:tar /etc/letsencrypt", None),
        (
            "+/etc/cron.daily/own\n>/etc/cron.daily/own\n"
            "|2:[ -d /run/systemd/system ] && exit 0\n|4:certbot renew",
            None,
        ),
        ("+/etc/cron.daily/certbot", None),
    ],
)
def test_a_job_counts_only_where_it_is_sure_to_renew(sent: str, works: bool | None) -> None:
    (one,) = host(part("cron", sent), part("crond", "12"), part("timers")).renewers or ()
    assert (one.kind, one.tool, one.works) == ("cron", "certbot", works)


def test_a_backup_of_letsencrypt_does_not_hide_a_timer_that_is_off() -> None:
    off = unit(**(TIMER | {"ActiveState": "inactive", "UnitFileState": "disabled"})) + unit(**SERVICE)
    backup = ">/etc/cron.d/backup\n|3:0 3 * * * root rsync -a /etc/letsencrypt backup:/srv/"
    lineage = part(
        "certbot", ">/etc/letsencrypt/renewal/a.conf\n|fullchain = /etc/letsencrypt/live/a/fullchain.pem"
    )
    reading = host(lineage, part("timers", off), part("cron", backup), part("crond", "12"))
    (told,) = [one for one in PANEL.judge(reading, CertificatesLimits()) if one.subject == "certbot"]
    assert (told.level, told.rule) == (Level.UNKNOWN, "renewal-unknown")
    assert told.summary == (
        "whether cron (/etc/cron.d/backup:3) renews a is not known; "
        "certbot.timer does not: it is not started, and not enabled"
    )


def test_nobody_is_not_said_where_a_crontab_may_not_be_read() -> None:
    hidden = part("cron", "!/var/spool/cron/crontabs") + part("crond", "12") + part("timers")
    assert host(hidden, root=False).renewers is None
    lineage = part(
        "certbot", ">/etc/letsencrypt/renewal/a.conf\n|fullchain = /etc/letsencrypt/live/a/fullchain.pem"
    )
    unread = host(hidden, lineage, root=False).unread
    assert Note("who renews certificates", "we may not read /var/spool/cron/crontabs") in unread


def test_a_live_folder_without_renewal_file_is_told() -> None:
    reading = host(part("certbot", "=/etc/letsencrypt/live/old.org"))
    assert reading.notes == (
        Note("certbot: /etc/letsencrypt/live/old.org", "it has no renewal file: certbot does not renew it"),
    )


@pytest.mark.parametrize("seconds", ["0", "253402300799", "99999999999999", "x"])
def test_a_clock_at_the_end_of_time(seconds: str) -> None:
    job = part("cron", ">/etc/crontab\n|7:30 14 * * * root certbot renew") + part("crond", "12")
    said = part("who", f"0\n{seconds}\n+1400") + job
    (one,) = CertificatesReader().read({"host": SectionOutput(said)}, NOW).renewers or ()
    assert one.next_run_at is None


def test_programs_that_are_not_looked_into_are_told() -> None:
    assert host(part("elsewhere", "=nginx\n+caddy")).notes == (
        Note("nginx", "it runs in a container too: what it shows there is not looked at"),
        Note("caddy", "it runs here: its configuration is not read"),
    )


def test_closed_configuration_is_unread() -> None:
    reading = host(part("closed", "!/etc/nginx"), root=False)
    assert reading.unread == (Note("certificates of the host", "we may not look into /etc/nginx"),)


def test_cut_answers_are_said() -> None:
    reader = CertificatesReader()
    cut = reader.read({"host": SectionOutput(HOST[:3000])}, NOW)
    assert Note("part nginx", "the host's answer was cut") in cut.unread
    cut = reader.read({}, NOW, Observed(files=FILES[:5000]))
    assert Note("certificate files", "the host's answer was cut") in cut.unread
    nothing = CertificatesReader().read({"host": SectionOutput(b"", 124)}, NOW)
    assert (nothing.files, nothing.renewers, nothing.lineages) == (None, None, None)
    assert nothing.unread == (Note("certificates of the host", "it did not end in time"),)


def test_a_file_that_was_named_and_not_answered_is_unknown() -> None:
    reader = CertificatesReader()
    reader.read({"host": SectionOutput(HOST)}, NOW)
    reading = reader.read({}, NOW, Observed(files=NOTHING))
    assert {one.state for one in reading.files or ()} == {"unknown"}
    assert len(reading.files or ()) == 5


def test_what_a_failed_section_knew_before_stays() -> None:
    reader = CertificatesReader()
    reader.read({"host": SectionOutput(HOST)}, NOW)
    before = reader.read({}, NOW, Observed(files=FILES))
    after = reader.read({"host": SectionOutput(b"", 124)}, NOW)
    assert after.files == before.files
    assert after.unread != ()


def test_both_looks_are_kept_apart() -> None:
    reader = CertificatesReader()
    mine, found = Endpoint("mine", "mine:443", ()), Endpoint("a", "a:443", (), "nginx")
    reader.read({}, NOW, Observed(endpoints=(mine,), clock_skew_seconds=2.0))
    reader.read({}, NOW, Observed(files=NOTHING))
    reading = reader.read({}, NOW, Observed(found_endpoints=(found,)))
    assert reading.endpoints == (mine, found)
    assert reading.clock_skew_seconds == 2.0
    assert reader.read({}, NOW, Observed(endpoints=())).endpoints == (found,)


def test_the_key_of_another_certificate_does_not_match() -> None:
    # The keys of two files are taken for each other.
    api, legacy = (f"/etc/{place}.lab.test.key".encode() for place in ("nginx/tls/api", "apache2/tls/legacy"))
    swapped = FILES.replace(api, b"@").replace(legacy, api).replace(b"=@\n", b"=" + legacy + b"\n")
    reader = CertificatesReader()
    reader.read({"host": SectionOutput(HOST)}, NOW)
    found = {one.path: one for one in reader.read({}, NOW, Observed(files=swapped)).files or ()}
    assert [key.matches for key in found["/etc/nginx/tls/api.lab.test.pem"].keys] == [False]
    assert [key.matches for key in found["/etc/apache2/tls/legacy.lab.test.pem"].keys] == [False]
    assert [key.matches for key in found["/etc/haproxy/certs/lb.pem"].keys] == [True]


def test_each_key_that_is_named_for_a_certificate_is_looked_at() -> None:
    """One certificate of two server blocks, with a key file each; a third key was not answered for."""
    block = "server {{ listen 443 ssl; ssl_certificate /a.pem; ssl_certificate_key /{}.key; }}"
    nginx = part(
        "nginx",
        "=/etc/nginx/nginx.conf\n>/etc/nginx/nginx.conf\n"
        f"|http {{ {' '.join(map(block.format, ('good', 'bad', 'good', 'gone')))} }}",
    )
    reader = CertificatesReader()
    reader.read({"host": SectionOutput(WHO + nginx)}, NOW)
    made = issue("a.example")
    pem = "".join(f"|{line}\n" for line in made.pem.decode().splitlines())
    keys = f">k 600 0 0 9 9 root root\n=/good.key\n%{made.read.public_key_sha256}\n"
    keys += f">k 644 0 0 9 9 root root\n=/bad.key\n^755:0 755:0 \n%{'a' * 64}\n"
    answer = part("files", f">c 644 0 0 9 9 root root\n=/a.pem\n{pem}{keys}")
    (one,) = reader.read({}, NOW, Observed(files=answer)).files or ()
    assert [(key.path, key.matches, key.readable_by, key.why) for key in one.keys] == [
        ("/good.key", True, "owner", ""),
        ("/bad.key", False, "others", ""),
        ("/gone.key", None, "", "it was not read"),
    ]


def test_everything_that_is_shown_is_clean() -> None:
    evil = "/etc/\x1b[31mx\u202e.pem"
    nginx = part(
        "nginx",
        "=/etc/nginx/nginx.conf\n>/etc/nginx/nginx.conf\n"
        f"|http {{ server {{ listen 443 ssl; server_name \x1b[2Jx; ssl_certificate '{evil}'; }} }}",
    )
    reader = CertificatesReader()
    reader.read({"host": SectionOutput(WHO + nginx)}, NOW)
    answer = f"\n@@files\n>c 644 0 0 1 1 \x1b[1mu g\n={evil}\n?missing\n\n@@=0\n".encode()
    (one,) = reader.read({}, NOW, Observed(files=answer)).files or ()
    assert one.path == "/etc/x.pem"
    assert one.used_by[0].names == ("x",)


LINES = st.lists(
    st.one_of(
        st.sampled_from(HOST.split(b"\n")),
        st.sampled_from(FILES.split(b"\n")),
        st.binary(max_size=40),
        st.sampled_from(
            [b">c", b">k 600 0 0", b"=/a", b"?x", b"#zz", b"#30", b"&/a", b"^7:0", b"+", b"|", b"@@files"]
        ),
    ),
    max_size=80,
).map(b"\n".join)


@given(said=LINES, answer=LINES)
def test_any_bytes(said: bytes, answer: bytes) -> None:
    reader = CertificatesReader()
    reader.read({"host": SectionOutput(WHO + said)}, NOW)
    reading = reader.read({}, NOW, Observed(files=b"\n@@files\n" + answer, configured=("/*", "/a")))
    PANEL.to_json(reading)
    reader.series(reading)
    for one in reading.files or ():
        assert one.path.isprintable()
        assert one.state != "read" or one.certificates


def test_pkcs12_that_a_host_sends_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own script never does: each file would cost this console as many seconds as it asks for."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", forbidden)
    sent = "".join(f">c 644 0 0 9 9 u g\n=/{at}\n#3080020103300000\n" for at in range(50))
    seen = parse_files.read(part("files", sent)).files
    assert {(one.state, one.why) for one in seen.values()} == {
        ("broken", "found PKCS#12; expected a certificate as PEM or DER")
    }


@given(st.binary(max_size=300))
def test_any_bytes_of_a_file(data: bytes) -> None:
    answer = b"\n@@files\n>c 644 0 0 9 9 u g\n=/a\n#" + data.hex().encode() + b"\n@@=0\n"
    (seen,) = parse_files.read(answer).files.values()
    assert seen.state in ("read", "broken", "unknown")
