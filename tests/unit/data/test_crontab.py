"""What a line of a crontab has run: which have the user's name in them, and where the command ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.crontab import Job, job


@pytest.mark.parametrize(
    ("path", "line", "when", "command"),
    [
        ("/etc/crontab", "0 3 * * * root certbot renew", "0 3 * * *", "certbot renew"),
        ("/etc/cron.d/own", "@daily  root certbot renew", "@daily", "certbot renew"),
        ("/var/spool/cron/crontabs/root", " 0 3 * * * certbot renew", "0 3 * * *", "certbot renew"),
        ("/var/spool/cron/root", "0 3 * * * mail root%certbot renew", "0 3 * * *", "mail root"),
        ("/var/spool/cron/root", r"0 3 * * * date +\%s; id", "0 3 * * *", r"date +\%s; id"),
    ],
)
def test_a_job(path: str, line: str, when: str, command: str) -> None:
    found = job(path, line)
    assert found is not None
    assert (found.when, found.command, found.at_boot) == (when, command, False)


def test_a_job_of_the_next_boot() -> None:
    assert job("/etc/cron.d/own", "@Reboot root certbot renew") == Job(
        "@Reboot", "root certbot renew", "certbot renew"
    )
    assert Job("@Reboot", "", "").at_boot


@pytest.mark.parametrize(
    "line", ["", "# 0 3 * * * certbot", " #0 3 * * * certbot renew", "PATH=/opt/certbot/bin"]
)
def test_no_job(line: str) -> None:
    assert job("/etc/crontab", line) is None


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_line(path: str, line: str) -> None:
    found = job(path, line)
    assert found is None or found.command in line
