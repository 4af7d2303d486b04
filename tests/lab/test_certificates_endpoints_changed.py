"""What is seen of real servers that were changed: old versions, stapling, other addresses, lock-outs."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from opsconsole.data.tls.served import VERSIONS
from opsconsole.panels.certificates.settings import EndpointSetting
from tests.lab import tls_lab
from tests.lab.altered import altered
from tests.lab.conftest import Lab
from tests.lab.endpoints import SERVICES, fingerprints, look, marks, run
from tests.lab.shells import connected

pytestmark = pytest.mark.lab

MY_PORT = 3399

OLD = """
cat >/etc/nginx/conf.d/lab-old.conf <<'NGINX'
server {
    listen 127.0.0.1:8444 ssl;
    server_name old.lab.test;
    ssl_protocols TLSv1 TLSv1.1;
    ssl_ciphers ALL:@SECLEVEL=0;
    ssl_certificate /etc/nginx/tls/api.lab.test.pem;
    ssl_certificate_key /etc/nginx/tls/api.lab.test.key;
}
NGINX
nginx -t -q && systemctl reload nginx
until openssl s_client -connect 127.0.0.1:8444 -tls1 -cipher 'ALL:@SECLEVEL=0' </dev/null >/dev/null 2>&1
do sleep 0.1; done
"""


async def test_a_server_of_the_old_versions_only(lab: Lab) -> None:
    with tls_lab.changed("old", OLD):
        async with connected(lab, "tls1") as shell:
            (seen,) = await look(shell, EndpointSetting("127.0.0.1:8444", server_name="old.lab.test"))
        mark = fingerprints("tls1", SERVICES["api"][1])
    (one,) = seen.served
    assert marks(one) == mark
    assert one.negotiated == "TLSv1.1"
    assert dict(one.protocols) == {"TLSv1": True, "TLSv1.1": True, "TLSv1.2": False, "TLSv1.3": False}


OTHER_ADDRESS = """
cd /etc/lab-ca && lab-ca issue endpoints-other api.lab.test
cat >/etc/nginx/conf.d/lab-other.conf <<'NGINX'
server {
    listen 127.0.0.2:443 ssl;
    server_name api.lab.test;
    ssl_certificate /etc/lab-ca/issued/endpoints-other.pem;
    ssl_certificate_key /etc/lab-ca/issued/endpoints-other.key;
}
NGINX
nginx -t -q && systemctl reload nginx
until openssl s_client -connect 127.0.0.2:443 -servername api.lab.test </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 | cmp -s - /run/lab-other.mark
do
    openssl x509 -in /etc/lab-ca/issued/endpoints-other.pem -noout -fingerprint -sha256 >/run/lab-other.mark
    sleep 0.1
done
rm /run/lab-other.mark
"""


async def test_another_certificate_on_another_address_is_seen(lab: Lab) -> None:
    with tls_lab.changed("other", OTHER_ADDRESS):
        async with connected(lab, "tls1") as shell:
            one, other = await look(
                shell,
                EndpointSetting("127.0.0.1", server_name="api.lab.test"),
                EndpointSetting("127.0.0.2", server_name="api.lab.test"),
            )
        assert marks(one.served[0]) == fingerprints("tls1", SERVICES["api"][1])
        assert marks(other.served[0]) == fingerprints("tls1", "/etc/lab-ca/issued/endpoints-other.pem")
        run("tls1", "rm /etc/lab-ca/issued/endpoints-other.*")
    assert marks(one.served[0]) != marks(other.served[0])


STAPLING = """
cd /etc/lab-ca
serial=$(openssl x509 -in /etc/nginx/tls/api.lab.test.pem -noout -serial); serial=${serial#*=}
printf 'STATUS\\t351231235959Z\\tWHEN\\t%s\\tunknown\\t/CN=api.lab.test\\n' "$serial" >/run/lab-index
openssl ocsp -index /run/lab-index -CA intermediate.pem -rsigner intermediate.pem -rkey intermediate.key \\
    -issuer intermediate.pem -cert /etc/nginx/tls/api.lab.test.pem -ndays 1 -respout /etc/nginx/tls/ocsp.der
cat >/etc/nginx/conf.d/lab-stapling.conf <<'NGINX'
server {
    listen 127.0.0.1:8444 ssl;
    server_name api.lab.test;
    ssl_certificate /etc/nginx/tls/api.lab.test.pem;
    ssl_certificate_key /etc/nginx/tls/api.lab.test.key;
    ssl_stapling on;
    ssl_stapling_file /etc/nginx/tls/ocsp.der;
}
NGINX
nginx -t -q && systemctl reload nginx
until openssl s_client -connect 127.0.0.1:8444 -status </dev/null 2>/dev/null | grep -q 'Cert Status'
do sleep 0.1; done
rm /run/lab-index
"""


@pytest.mark.parametrize(
    ("mark", "when", "status"), [("V", "", "good"), ("R", "251101000000Z,keyCompromise", "revoked")]
)
async def test_the_answer_that_nginx_staples(lab: Lab, mark: str, when: str, status: str) -> None:
    script = STAPLING.replace("STATUS", mark).replace("WHEN", when)
    with tls_lab.changed("stapling", script):
        async with connected(lab, "tls1") as shell:
            (seen,) = await look(shell, EndpointSetting("127.0.0.1:8444", server_name="api.lab.test"))
    (one,) = seen.served
    assert (one.ocsp_stapled, one.ocsp_status) == (True, status)
    assert one.ocsp_next_update is not None
    assert len(one.chain) == 2


CLIENTS = """
cat >/etc/nginx/conf.d/lab-clients.conf <<'NGINX'
server {
    listen 127.0.0.1:8444 ssl;
    server_name api.lab.test;
    ssl_certificate /etc/nginx/tls/api.lab.test.pem;
    ssl_certificate_key /etc/nginx/tls/api.lab.test.key;
    ssl_client_certificate /etc/lab-ca/root.pem;
    ssl_verify_client on;
}
NGINX
nginx -t -q && systemctl reload nginx
until openssl s_client -connect 127.0.0.1:8444 </dev/null >/dev/null 2>&1; do sleep 0.1; done
"""


async def test_a_server_that_wants_a_clients_certificate_is_seen_all_the_same(lab: Lab) -> None:
    with tls_lab.changed("clients", CLIENTS):
        async with connected(lab, "tls1") as shell:
            (seen,) = await look(shell, EndpointSetting("127.0.0.1:8444", server_name="api.lab.test"))
        assert marks(seen.served[0]) == fingerprints("tls1", SERVICES["api"][1])


async def test_a_certificate_that_was_renewed_and_is_not_served(lab: Lab) -> None:
    with tls_lab.renewed_but_not_served():
        async with connected(lab, "tls1") as shell:
            (seen,) = await look(shell, replace(SERVICES["shop"][0], file=SERVICES["shop"][1]))
        renewed = fingerprints("tls1", SERVICES["shop"][1])
        assert {one.leaf.fingerprint_sha256 for one in seen.served if one.leaf} == {
            tls_lab.served(tls_lab.SHOP)
        }
    assert seen.expects == (SERVICES["shop"][1],)
    assert all(marks(one)[0] != renewed[0] for one in seen.served)


MYSQL = f"""
rm -rf /var/tmp/lab-my; install -d -o mysql /var/tmp/lab-my
mariadb-install-db --user=mysql --datadir=/var/tmp/lab-my/data --auth-root-authentication-method=normal \\
    >/dev/null 2>&1
systemd-run -q --unit=opsconsole-lab-my -p User=mysql mariadbd --no-defaults \\
    --datadir=/var/tmp/lab-my/data --socket=/var/tmp/lab-my/sock --pid-file=/var/tmp/lab-my/pid \\
    --bind-address=0.0.0.0 --port={MY_PORT} --max_connect_errors=3 --performance-schema=ON \\
    --ssl-cert=/etc/mysql/tls/db.lab.test.pem --ssl-key=/etc/mysql/tls/db.lab.test.key \\
    --innodb-log-file-size=4M --innodb-buffer-pool-size=8M
sql() {{ mariadb --no-defaults -u root --socket=/var/tmp/lab-my/sock -BNe "$1"; }}
until sql 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
sql "CREATE USER app@'%' IDENTIFIED BY 'lab-only'; FLUSH HOSTS"
"""
MYSQL_CURE = "systemctl stop opsconsole-lab-my; rm -rf /var/tmp/lab-my"


async def test_mysql_does_not_lock_the_console_out(lab: Lab) -> None:
    """From an address that is not loopback, where broken handshakes are counted, three are too many."""
    count = "SELECT SUM_CONNECT_ERRORS FROM performance_schema.host_cache"
    ask = f"mariadb --no-defaults -u root --socket=/var/tmp/lab-my/sock -BNe '{count}'"
    setting = EndpointSetting(f"tls1:{MY_PORT}", starttls="mysql", server_name="db.lab.test")
    with altered("tls1", "mysql", f"set -e\n{MYSQL}", MYSQL_CURE):
        async with connected(lab, "web2") as shell:
            for _ in range(5):
                (seen,) = await look(shell, setting)
                assert marks(seen.served[0]) == fingerprints("tls1", SERVICES["mysql"][1])
                assert dict(seen.served[0].protocols) == {**dict.fromkeys(VERSIONS), "TLSv1.3": True}
            assert run("tls1", ask).split() == ["0"]
            for _ in range(3):  # that it would be locked out otherwise
                async with shell.forward("tls1", MY_PORT) as (address, port):
                    await broken_handshake(address, port)
            (seen,) = await look(shell, setting)
    assert "is blocked because of many connection errors" in seen.served[0].error


async def broken_handshake(address: str, port: int) -> None:
    reader, writer = await asyncio.open_connection(address, port)
    await reader.readexactly(4)
    writer.close()
    await writer.wait_closed()


async def test_a_postgresql_without_tls_says_so(lab: Lab) -> None:
    psql = "runuser -u postgres -- psql -qAtc"
    off = f"{psql} 'ALTER SYSTEM SET ssl = off'; {psql} 'SELECT pg_reload_conf()'"
    on = f"{psql} 'ALTER SYSTEM RESET ssl'; {psql} 'SELECT pg_reload_conf()'"
    wait = f"until [ $({psql} 'SHOW ssl') = off ]; do sleep 0.05; done"
    with altered("db1", "no-tls", f"{off}; {wait}", f"{on}; {wait.replace('= off', '= on')}"):
        async with connected(lab, "db1") as shell:
            (seen,) = await look(shell, EndpointSetting("127.0.0.1", starttls="postgresql"))
    assert seen.served[0].error == "PostgreSQL answered that it speaks no TLS (ssl = off)"
