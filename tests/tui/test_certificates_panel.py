"""The certificates panel on the Host screen and in full: what it says, and that nothing acts."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from certificate_hosts import DAY, certificate, endpoint, file, full_reading, of, reading, served
from console_pilot import console, screen_lines, screen_text, until_shown
from fake_source import FakeSource
from host_pilot import panel_card, panel_detail
from readings import HOSTILE

from opsconsole.panels.certificates.reading import CertificatesReading, KeyFile, Renewer

SIZES = [(80, 24), (120, 30), (200, 60)]


async def card(pilot: Any) -> str:
    return await panel_card(pilot, "certificates")


async def detail(pilot: Any) -> str:
    return await panel_detail(pilot, "certificates")


@pytest.mark.parametrize("size", SIZES)
async def test_the_card_says_what_ends_first_and_what_is_not_as_on_disk(size: tuple[int, int]) -> None:
    source = FakeSource([of("db1", full_reading(now=datetime.now(UTC)))])
    async with console(source, size=size) as (app, pilot):
        said = await card(pilot)
        first = said.splitlines()[0]
        assert first.startswith("● old.")
        assert "ended 3 d ago" in first
        for part in (
            "4 found, 4 files, 3 endpoints",
            "● served ≠ file on 2 of 3",
            "✓ certbot.timer, next run in",
            "○ 3 not known",
        ):
            assert part in said
        shown = app.screen.query_one("#card-certificates")
        assert all(len(line) <= shown.content_size.width for line in said.splitlines())
        assert max(len(line) for line in screen_lines(app)) <= size[0]


async def test_the_card_when_all_is_well() -> None:
    now = datetime.now(UTC)
    leaf = certificate(now=now)
    known = reading(
        taken_at=now,
        files_taken_at=now,
        files=(file(leaf),),
        endpoints=(endpoint(served(leaf), served(leaf, "2001:db8::7")),),
    )
    async with console(FakeSource([of("db1", known)])) as (_, pilot):
        said = await card(pilot)
        assert said.splitlines()[0].startswith("✓ example.org")
        assert "✓ served = file on 2 addresses" in said
        assert not set(said) & set("▲●○")


async def test_what_is_not_read_is_never_ok() -> None:
    bare = CertificatesReading(datetime.now(UTC))
    async with console(FakeSource([of("db1", bare)]), size=(200, 60)) as (_, pilot):
        said = await card(pilot)
        assert said.startswith("○ not read yet")
        assert "✓" not in said
    async with console(FakeSource([of("db1", None)])) as (_, pilot):
        assert await card(pilot) == "not read yet"
        await until_shown(pilot, "○ certificates")


async def test_a_job_that_merely_names_a_client_is_not_known_to_renew() -> None:
    now = datetime.now(UTC)
    backup = Renewer("cron", "certbot", True, True, place="/etc/cron.d/backup:3", known_to_renew=False)
    known = reading(taken_at=now, files_taken_at=now, files=(file(certificate(now=now), renewer=backup),))
    async with console(FakeSource([of("db1", replace(known, renewers=(backup,)))])) as (_, pilot):
        assert "○ cron: not known whether it renews" in await card(pilot)
    (works,) = known.renewers or ()
    async with console(FakeSource([of("db1", replace(known, renewers=(backup, works)))])) as (_, pilot):
        said = await card(pilot)
        assert "✓ certbot.timer" in said
        assert "cron" not in said, "what is known to renew is enough"
    alone = reading(taken_at=now, files_taken_at=now, files=(), lineages=(), renewers=(backup,))
    async with console(FakeSource([of("db1", alone)])) as (_, pilot):
        assert "○ cron: not known whether it renews" in await card(pilot)


async def test_each_key_of_a_certificate_is_in_full() -> None:
    now = datetime.now(UTC)
    shown = file(certificate(now=now))
    other = replace(shown.keys[0], path="/etc/ssl/other.key", matches=False)
    open_one = KeyFile("/etc/ssl/open.key", "unknown", why="it is encrypted", readable_by="others")
    known = reading(
        taken_at=now, files_taken_at=now, files=(replace(shown, keys=(*shown.keys, other, open_one)),)
    )
    async with console(FakeSource([of("db1", known)]), size=(200, 60)) as (_, pilot):
        said = " ".join((await detail(pilot)).split())
        assert "✓ /etc/letsencrypt/live/example.org/privkey.pem matches, 0600 root:root" in said
        assert "● /etc/ssl/other.key is another one, 0600 root:root" in said
        assert "● /etc/ssl/open.key not known: it is encrypted, everybody can read it" in said
        assert "▲ the key /etc/ssl/other.key" not in said
        assert "● the key /etc/ssl/other.key is not the one of certificate example.org" in said


async def test_a_wrong_clock_is_on_the_card() -> None:
    now = datetime.now(UTC)
    known = replace(reading(taken_at=now, files_taken_at=now), clock_skew_seconds=-7200.0)
    async with console(FakeSource([of("db1", known)])) as (_, pilot):
        assert "clock: wrong" in await card(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_in_full_it_tells_everything(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    now = datetime.now(UTC)
    known = full_reading(now=now)
    async with console(FakeSource([of("db1", known)]), size=size) as (_, pilot):
        said = await detail(pilot)
        assert known.files is not None
        leaf = known.files[0].certificates[0]
        for part in (
            "CN=shop.example.org",
            "shop.example.org, www.shop.example.org",
            "CN=Test CA R3,O=Test",
            "shop.example.org ← Test CA R3",
            f"{leaf.not_before:%Y-%m-%d %H:%M} UTC",
            f"{leaf.not_after:%Y-%m-%d %H:%M} UTC",
            "9 d, 10 % of 90 d" if "9 d, 10" in said else "8 d, 10 % of 90 d",
            "━━╸─────",
            "EC P-256",
            "matches, 0600 root:root",
            "matches, everybody can read it, 0644 root:root",
            "sha256WithRSAEncryption",
            "http://ocsp.test.example",
            "stapled on 1 of 1 (good)",
            "http://crl.test.example/r3.crl",
            "04d2",
            leaf.fingerprint_sha256,
            "nginx /etc/nginx/sites-enabled/shop:12",
            "certbot.timer, next run",
            "lineage shop",
            "[2001:db8::7]:443",
            "1.2 1.3",
            "host, smtp",
            "connection refused",
            "/etc/ssl/secret.pem: permission denied",
            "/etc/haproxy: permission denied",
            "Apache: is not here",
            "clock of the host: +0.0 s",
        ):
            assert part in " ".join(said.split()) or part in said, part


async def test_local_time_stands_beside_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    import time
    from zoneinfo import ZoneInfo

    from opsconsole.panels.certificates import view_words

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        at = datetime(2026, 12, 5, 20, 5, tzinfo=UTC)
        assert view_words.when_words(at) == "2026-12-05 20:05 UTC (2026-12-06 05:05 JST)"
        assert view_words.local_words(at, ZoneInfo("Europe/Berlin")) == "2026-12-05 21:05 CET"
        assert "9999-12-31" in view_words.when_words(datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
    finally:
        monkeypatch.undo()
        time.tzset()


async def test_many_certificates_are_listed_and_the_worst_told_in_full() -> None:
    now = datetime.now(UTC)
    files = tuple(file(certificate(f"c{at:03}.org", (at - 20) * DAY, now=now)) for at in range(300))
    known = reading(taken_at=now, files_taken_at=now, files=files, endpoints=())
    async with console(FakeSource([of("db1", known)]), size=(120, 30)) as (_, pilot):
        said = await detail(pilot)
        assert "and 100 more" in said
        assert "the other 270 in full: opsconsole certificates --format json" in said


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_hostile_names_are_only_text(size: tuple[int, int]) -> None:
    known = full_reading(HOSTILE, now=datetime.now(UTC))
    async with console(FakeSource([of("db1", known)]), size=size) as (app, pilot):
        said = await detail(pilot)
        assert "could not draw" not in said + screen_text(app)
        assert "[@click=app.quit]y[/]" in said
        for shown in (said.replace("\n", ""), *screen_lines(app)):
            assert not [sign for sign in shown if unicodedata.category(sign) in {"Cc", "Cf", "Cs"}]
        await pilot.press("escape")
        assert "could not draw" not in screen_text(app)
