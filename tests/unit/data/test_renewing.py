"""Which lines of shell have a client renew: only what is sure; a name alone is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.renewing import renewing

DEBIAN = (
    r"test -x /usr/bin/certbot -a \! -d /run/systemd/system "
    "&& perl -e 'sleep int(rand(43200))' && certbot -q renew"
)


@pytest.mark.parametrize(
    ("line", "client"),
    [
        ("certbot renew", "certbot"),
        ("/opt/certbot/bin/certbot --quiet renew --no-random-sleep-on-renew >/dev/null 2>&1", "certbot"),
        (">>/var/log/renew.log 2>&1 certbot renew", "certbot"),
        ("letsencrypt-auto renew", "certbot"),
        (DEBIAN, "certbot"),
        ("python -c 'import time; time.sleep(3600)' && sudo certbot renew -q", "certbot"),
        ("sudo -u acme -n -- certbot renew", "certbot"),
        (
            "flock -n /run/lock/x nice -n 19 timeout -k 5 10m env -i PATH=/bin A='b c' certbot renew",
            "certbot",
        ),
        ("PATH=/usr/bin:/bin ionice -c3 certbot renew", "certbot"),
        ("if ! certbot renew; then logger failed; fi", "certbot"),
        ("{ sleep 5; certbot renew; } | logger -t certbot", "certbot"),
        ("out=$(certbot renew 2>&1)", "certbot"),
        ("bash -lc 'certbot renew && systemctl reload nginx'", "certbot"),
        ('certbot renew --deploy-hook "systemctl reload nginx"  # all', "certbot"),
        ("certbot renew \\", "certbot"),
        ("certbot -n --config-dir /srv/le --logs-dir=/srv/log renew", "certbot"),
        ("[ -x /usr/bin/certbot ] && certbot renew", "certbot"),
        ("test ! -d /run/systemd/system -a -e /opt/certbot && (/bin/sleep 60; certbot renew)", "certbot"),
        ("false && true; certbot renew", "certbot"),
        ("false || true & certbot renew", "certbot"),
        ("(sleep 5) && certbot renew | logger", "certbot"),
        ("certbot renew || logger failed", "certbot"),
        ('"/root/.acme.sh"/acme.sh --cron --home "/root/.acme.sh" > /dev/null', "acme.sh"),
        ("/usr/bin/snap run --timer=00:00~24:00/2 certbot.renew", "certbot"),
        ("dehydrated -c", "dehydrated"),
        ("/usr/bin/dehydrated --cron --keep-going", "dehydrated"),
        ("lego --path /srv/lego --domains a.org --http renew --days 30", "lego"),
    ],
)
def test_what_renews(line: str, client: str) -> None:
    assert renewing(line) == client


@pytest.mark.parametrize(
    "line",
    [
        "rsync -a /etc/letsencrypt backup:/srv/",
        "tar -czf /backup/acme.sh.tar.gz /root/.acme.sh/acme.sh --cron",
        "echo certbot renew",
        "echo ';' certbot renew",
        "echo a # ; certbot renew",
        "mail -s 'certbot renew; certbot renew' root",
        "certbot certificates",
        "snap run certbot.certbot",
        "certbot renew --dry-run",
        "certbot --dry-run -q renew",
        "certbot renew --cert-name a.org",
        "certbot --help renew",
        "certbot help renew",
        "certbot -h renew",
        "certbot renew --help",
        "certbot --version renew",
        "certbot delete renew",
        "certbot --deploy-hook renew certificates",
        "lego help renew",
        "false && certbot renew",
        "true || certbot renew",
        "[ -d /run/own ] || certbot renew",
        "test -f /etc/own && certbot renew",
        "test -x /usr/bin/certbot -o -f /etc/own && certbot renew",
        "! test -x /usr/bin/certbot && certbot renew",
        "test -x /usr/bin/certbot && false && certbot renew",
        "false && x | certbot renew",
        "false && x |& certbot renew",
        "false && { sleep 5; certbot renew; }",
        "false && (sleep 5; certbot renew)",
        "(false) && certbot renew",
        "perl -e 'sleep 5; exit 1' && certbot renew",
        "python3 -c 'import own; time.sleep(1); raise own' && certbot renew",
        "false && sh -c 'certbot renew'",
        "sh -c 'false && certbot renew'",
        "certbot \\",
        "certbot && renew",
        "certbot > renew",
        "certbot -q 'renew",
        "acme.sh --list",
        "dehydrated --cleanup",
        "lego list",
        "/usr/local/bin/renew-letsencrypt.sh",
        "sh /opt/certbot renew",
        "sudo -u certbot renew",
        "docker run --rm certbot/certbot renew",
        "find / -name certbot -exec ls renew ';'",
        "sudo",
        "bash -c",
        "",
    ],
)
def test_what_is_not_sure(line: str) -> None:
    assert renewing(line) == ""


@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(
            st.sampled_from(
                [*"'\"\\;|&<>()#$ \n\t=", "certbot", " renew", "sudo -u", "sh -c ", "timeout 5 "]
            ),
            max_size=60,
        ).map("".join),
    )
)
def test_any_line(line: str) -> None:
    assert renewing(line) in ("", "certbot")


def test_a_word_has_to_stand_alone() -> None:
    assert renewing("certbot renewal") == ""
    assert renewing("my-certbot renew") == ""
