"""The script that looks for certificates, run here by dash and by BusyBox on a made-up /etc."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from opsconsole.panels.certificates.probe import HOST
from opsconsole.panels.certificates.reader import CertificatesReader
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.frames import parts
from opsconsole.panels.panel import SectionOutput

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECRET = "MC4CAQAwBQYDK2VwBCIEIKsecretsecretsecretsecretsecretsecretsecre"

FILES = {
    "nginx/nginx.conf": """\
# include commented.conf;
http {
    include mime.types; include "sites-enabled/*";  # and so on
    include @ETC@/nginx/absolute.conf;
    server { location / { include snippets/deep.conf; } }
}
""",
    "nginx/mime.types": "types { text/html html; }\n",
    "nginx/sites-enabled/with space": "server { listen 443 ssl; server_name a.org; ssl_certificate a.pem; }",
    "nginx/absolute.conf": "server { listen 81 ssl; ssl_certificate @ETC@/b.pem; ssl_certificate_key b.key;}",
    "nginx/snippets/deep.conf": "include snippets/deeper.conf;\n",
    "nginx/snippets/deeper.conf": f"""\
# -----BEGIN PRIVATE KEY-----
# {SECRET}
# -----END PRIVATE KEY-----
allow all;
""",
    "nginx/commented.conf": "server {}\n",
    "apache2/apache2.conf": """\
ServerRoot "@ETC@/apache2"
IncludeOptional mods-enabled/*.load
IncludeOptional sites-enabled
# SSLCertificateFile /no
AuthLDAPBindPassword hunter2
""",
    "apache2/envvars": "export APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n",
    "apache2/mods-enabled/ssl.load": "LoadModule ssl_module /usr/lib/mod_ssl.so\n",
    "apache2/sites-enabled/c.conf": """\
<VirtualHost *:9443>
    ServerName c.org
    ServerAlias \\
        www.c.org
    SSLEngine on
    Header set Authorization "Basic hunter2"
    SSLCertificateFile @ETC@/c.pem
</VirtualHost>
""",
    "haproxy/haproxy.cfg": """\
global
    crt-base @ETC@/haproxy
userlist u
    user admin insecure-password hunter2
frontend f
    bind :7443 ssl crt d.pem crt-list list
    stats auth admin:hunter2
""",
    "haproxy/list": "e.pem *.e.org\n",
    "letsencrypt/renewal/a.org.conf": """\
cert = @ETC@/letsencrypt/live/a.org/cert.pem
privkey = @ETC@/letsencrypt/live/a.org/privkey.pem
chain = @ETC@/letsencrypt/live/a.org/chain.pem
fullchain = @ETC@/letsencrypt/live/a.org/fullchain.pem
[renewalparams]
authenticator = webroot
""",
    "letsencrypt/live/a.org/README": "",
    "letsencrypt/live/orphan.org/README": "",
    "cron.d/certbot": "0 */12 * * * root certbot -q renew\n# 1 * * * * root certbot renew\n",
    "cron.d/not.taken": "0 1 * * * root certbot renew\n",
    "crontab": "5 4 * * * root /usr/bin/true\n",
    "acme.sh/f.org/f.org.conf": "Le_Domain='f.org'\nLe_NextRenewTime='1800000000'\nSAVED_TOKEN='hunter2'\n",
}

_TOOLS = ["awk", "cat", "cut", "date", "grep", "head", "id", "readlink", "sed", "stat", "timeout", "tr", "wc"]


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return how to run sh: as Debian has it, and with BusyBox's own tools alone."""
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    if name == "dash":
        return ["dash"]
    tools = tmp_path_factory.mktemp("busybox")
    for tool in _TOOLS:
        (tools / tool).symlink_to("/usr/bin/busybox")
    return ["env", f"PATH={tools}", "/usr/bin/busybox", "sh"]


def run(shell: list[str], etc: Path, files: Mapping[str, str]) -> bytes:
    for name, text in files.items():
        path = etc / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("@ETC@", str(etc)))
    # The script is constant text: what it reads is moved for the test, beside whatever this machine has.
    script = HOST.replace("pidof", "false")
    for real, ours in (("/etc/", ""), ("/var/spool/", "spool/"), ("/home/*/", "no/"), ("/root/", "no/")):
        script = script.replace(real, f"{etc}/{ours}")
    done = subprocess.run([*shell, "-c", script], capture_output=True, timeout=60, check=True)
    assert done.stderr == b""
    return done.stdout


def read(raw: bytes) -> CertificatesReading:
    return CertificatesReader().read({"host": SectionOutput(raw)}, NOW)


def test_includes_are_followed_and_certificates_named(shell: list[str], tmp_path: Path) -> None:
    raw = run(shell, tmp_path, FILES)
    reading = read(raw)
    assert {(one.path.removeprefix(str(tmp_path)), one.kind) for one in reading.wanted} == {
        ("/b.pem", "certificate"),
        ("/nginx/b.key", "key"),
        ("/nginx/a.pem", "certificate"),
        ("/c.pem", "certificate"),
        ("/c.pem", "key"),
        ("/haproxy/d.pem", "bundle"),
        ("/haproxy/e.pem", "bundle"),
        ("/letsencrypt/live/a.org/fullchain.pem", "certificate"),
        ("/letsencrypt/live/a.org/privkey.pem", "key"),
        ("/acme.sh/f.org/fullchain.cer", "certificate"),
        ("/acme.sh/f.org/f.org.key", "key"),
    }
    assert reading.servers == ("nginx", "apache", "haproxy")
    assert [one.name for one in reading.lineages or ()] == ["a.org"]
    assert reading.unread == ()
    assert any("orphan.org" in note.what for note in reading.notes)


def test_no_secret_is_sent(shell: list[str], tmp_path: Path) -> None:
    raw = run(shell, tmp_path, FILES)
    assert b"hunter2" not in raw
    assert SECRET.encode() not in raw
    assert b"allow all;" in raw  # what stands behind the key in the same file


def test_each_file_once_also_when_it_includes_itself(shell: list[str], tmp_path: Path) -> None:
    files = {"nginx/nginx.conf": "http { include nginx.conf; include a/*; }\n", "nginx/a/b": "include a/*;\n"}
    raw = run(shell, tmp_path, files)
    assert raw.count(f"\n>{tmp_path}/nginx/nginx.conf\n".encode()) == 1
    assert raw.count(f"\n>{tmp_path}/nginx/a/b\n".encode()) == 1


def test_cron_renews_unless_debian_leaves_it_to_systemd(shell: list[str], tmp_path: Path) -> None:
    (one,) = [one for one in read(run(shell, tmp_path, FILES)).renewers or () if one.kind == "cron"]
    assert (one.tool, one.place) == ("certbot", f"{tmp_path}/cron.d/certbot:1")


def test_of_a_script_of_run_parts_its_own_lines_say_whether_it_renews(
    shell: list[str], tmp_path: Path
) -> None:
    lines = "#!/bin/sh\n# certbot renew\n[ -d /run/systemd/system ] && exit 0\n"
    files = {
        "cron.daily/renew": "#!/bin/sh\n# of certbot\nsleep 5\nlego --path /srv --http renew\n",
        "cron.daily/backup": f"{lines}rsync -a /etc/letsencrypt backup:\n",
        "cron.daily/comment": lines,
    }
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o755)
    raw = run(shell, tmp_path, files)
    found = {one.place.rpartition("/")[2]: one for one in read(raw).renewers or ()}
    assert {name: (one.tool, one.known_to_renew) for name, one in found.items()} == {
        "renew": ("lego", True),
        "backup": ("certbot", False),
    }
    assert b"|3:[ -d /run/systemd/system ] && exit 0\n|4:rsync" in raw
    assert b"# certbot renew" not in raw


def test_a_host_without_any_of_it(shell: list[str], tmp_path: Path) -> None:
    raw = run(shell, tmp_path, {"hostname": "x\n"})
    reading = read(raw)
    assert (reading.wanted, reading.servers, reading.unread, reading.lineages) == ((), (), (), ())
    assert all(part.status is not None for part in parts(raw).values())


def test_many_files_are_cut_and_that_is_said(tmp_path: Path) -> None:
    files = {"nginx/nginx.conf": "http { include s/*; }\n"} | {
        f"nginx/s/{number}": "#\n" for number in range(700)
    }
    reading = read(run(["dash"], tmp_path, files))
    assert any("more files than are read" in note.why for note in reading.unread)
