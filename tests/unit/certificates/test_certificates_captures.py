"""The reader on what real hosts of the lab answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsconsole.panels.certificates import PANEL
from opsconsole.panels.certificates.files_command import NOTHING
from opsconsole.panels.certificates.observed import Observed
from opsconsole.panels.certificates.reader import CertificatesReader
from opsconsole.panels.certificates.reading import CertificateFile, CertificatesReading, Note
from opsconsole.panels.panel import Follower, SectionOutput

CAPTURED = Path(__file__).parent / "captured"
NOW = datetime(2026, 11, 26, 12, 15, tzinfo=UTC)
POSTFIX = "/etc/postfix/tls/*"


def captured(name: str) -> CertificatesReading:
    reader = CertificatesReader()
    section = SectionOutput((CAPTURED / f"{name}.host").read_bytes())
    reader.read({"host": section}, NOW)
    files = CAPTURED / f"{name}.files"
    answer = files.read_bytes() if files.exists() else NOTHING
    return reader.read({}, NOW, Observed(files=answer, configured=(POSTFIX,)))


def files(name: str) -> dict[str, CertificateFile]:
    return {one.path: one for one in captured(name).files or ()}


def test_tls1_names_every_certificate_with_who_uses_it() -> None:
    uses = {path: [f"{use.server} {use.place}" for use in one.used_by] for path, one in files("tls1").items()}
    assert uses == {
        "/etc/apache2/tls/legacy.lab.test.pem": ["apache /etc/apache2/sites-enabled/legacy.conf:5"],
        "/etc/haproxy/certs/lb.pem": [f"haproxy /etc/haproxy/haproxy.cfg:{line}" for line in (37, 38)],
        "/etc/letsencrypt/live/lb.lab.test/fullchain.pem": [],
        "/etc/letsencrypt/live/shop.lab.test/fullchain.pem": ["nginx /etc/nginx/sites-enabled/shop:5"],
        "/etc/nginx/tls/api.lab.test.pem": ["nginx /etc/nginx/sites-enabled/api:5"],
        "/etc/postfix/tls/mail.lab.test.pem": [],
    }


def test_tls1_each_is_read_whole_with_a_key_that_matches() -> None:
    found = files("tls1")
    for path, one in found.items():
        assert (one.state, one.kind, one.error, len(one.certificates)) == ("read", "pem", "", 2), path
        if path != "/etc/postfix/tls/mail.lab.test.pem":
            (key,) = one.keys
            assert key.matches is True, path
            assert (key.mode, key.owner, key.readable_by) == (0o600, "root", "owner")
    assert found["/etc/haproxy/certs/lb.pem"].keys[0].path == "/etc/haproxy/certs/lb.pem"
    shop = found["/etc/letsencrypt/live/shop.lab.test/fullchain.pem"]
    assert shop.found_by == ("nginx", "certbot")
    assert shop.target == "/etc/letsencrypt/archive/shop.lab.test/fullchain2.pem"
    assert shop.leaf is not None
    assert shop.leaf.names == ("shop.lab.test", "www.shop.lab.test")
    assert found["/etc/postfix/tls/mail.lab.test.pem"].found_by == ("configuration",)


def test_tls1_the_timer_renews_what_is_certbots_and_debians_cron_job_does_nothing() -> None:
    reading = captured("tls1")
    (timer,) = reading.renewers or ()
    assert (timer.kind, timer.tool, timer.enabled, timer.active, timer.works) == (
        "certbot.timer",
        "certbot",
        True,
        True,
        True,
    )
    assert timer.next_run_at == datetime(2026, 11, 26, 16, 14, 46, tzinfo=UTC)
    assert timer.last_run_at == datetime(2026, 11, 26, 11, 49, 18, tzinfo=UTC)
    assert timer.last_result == ""  # systemd says `success` of what did not run since it started
    renewed = {one.path: one.renewer for one in reading.files or () if one.renewer is not None}
    assert set(renewed.values()) == {timer}
    assert [path for path in renewed if "letsencrypt" not in path] == []
    assert [one.name for one in reading.lineages or ()] == ["lb.lab.test", "shop.lab.test"]
    assert reading.unread == ()
    assert reading.is_root is True
    assert reading.servers == ("nginx", "apache", "haproxy")


def test_tls1_without_root_what_cannot_be_read_is_said() -> None:
    reading = captured("tls1_plain_user")
    found = {one.path: one for one in reading.files or ()}
    for path in (
        "/etc/letsencrypt/live/shop.lab.test/fullchain.pem",
        "/etc/letsencrypt/live/lb.lab.test/fullchain.pem",
        "/etc/haproxy/certs/lb.pem",
    ):
        assert (found[path].state, found[path].error) == ("forbidden", "we may not read it")
    api = found["/etc/nginx/tls/api.lab.test.pem"]
    (key,) = api.keys
    assert (api.state, key.matches) == ("read", None)
    assert (key.state, key.mode) == ("forbidden", 0o600)
    assert "/etc/postfix/tls/mail.lab.test.key" not in found  # of a pattern that means keys as well
    assert reading.is_root is False
    assert Note("part of certbot's configuration", "we may not read /etc/letsencrypt/live") in reading.unread


@pytest.mark.parametrize("name", ["busy1", "nosystemd1"])
def test_hosts_without_any_of_it(name: str) -> None:
    reading = captured(name)
    assert (reading.files, reading.lineages, reading.servers) == ((), (), ())
    assert reading.unread == ()
    assert [one.kind for one in reading.renewers or ()] == ["none"]


def test_a_host_with_nginx_and_no_tls_needs_no_renewer() -> None:
    reading = captured("trixie1_plain_user")
    assert (reading.files, reading.servers, reading.unread) == ((), ("nginx",), ())
    assert reading.renewers is None  # root's crontab may not be read
    assert reading.is_root is False


def test_the_document_is_json_and_small() -> None:
    made = json.dumps(PANEL.to_json(captured("tls1")))
    assert '"mode": "0600"' in made
    assert '"der"' not in made
    assert len(made) < 60_000


def test_the_history_gets_the_days_of_what_ends_first() -> None:
    reading = captured("tls1")
    (days,) = CertificatesReader().series(reading).values()
    used = [one.leaf for one in reading.files or () if one.leaf and (one.used_by or "postfix" in one.path)]
    assert days == pytest.approx(min(one.days_left(NOW) for one in used))


def test_the_panel_follows() -> None:
    assert isinstance(PANEL, Follower)
