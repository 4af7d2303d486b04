"""Faults of certificates and of those who renew them, on tls1; each is a context manager that cures.

Each keeps a copy of the configuration of all servers and of certbot first. Its cure puts that back, reloads
the servers, turns the renewal timer on, and takes away what stood between certbot and the ACME server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from .altered import altered
from .hosts import find
from .reach import execute, shell, wait
from .tls_certificates import HOST, Authority, Made, internal, make, pebble, self_signed, stranger

__all__ = (
    "HOST",
    "Authority",
    "Made",
    "acme_refuses",
    "aged",
    "changed",
    "dns",
    "installed",
    "internal",
    "issue",
    "lineage",
    "make",
    "pebble",
    "read_only",
    "reload_refused",
    "renewed_but_not_served",
    "self_signed",
    "served",
    "sh",
    "small_letsencrypt",
    "stranger",
    "timer_off",
    "wait",
)

SHOP, LB = "shop.lab.test", "lb.lab.test"
"""The two lineages that are there from the start."""

LONG, SHORT = "https://localhost:14000/dir", "https://localhost:14001/dir"
"""The two ACME servers: certificates for 90 and for 6 days."""

_HERE = Path(__file__).parent
_KEPT = "etc/letsencrypt etc/nginx etc/haproxy etc/apache2 usr/local/sbin"
_KEEP = f"tar -C / -cpf /var/tmp/opsconsole-lab-WORD.tar {_KEPT}"
_CURE = f"""
kept=/var/tmp/opsconsole-lab-WORD.tar
[ -e $kept ] || exit 0
while iptables -w -t nat -D OUTPUT -j lab-acme 2>/dev/null; do :; done
iptables -w -t nat -F lab-acme 2>/dev/null; iptables -w -t nat -X lab-acme 2>/dev/null
systemctl stop lab-acme-refuses lab-port-taken 2>/dev/null
while umount -l /etc/letsencrypt 2>/dev/null || umount -l /var/www/acme 2>/dev/null; do :; done
cd / && rm -rf {_KEPT} && tar -xpf $kept
systemctl unmask certbot.timer; systemctl enable --now certbot.timer
for name in shop.lab.test www.shop.lab.test; do
    for what in clear-a clear-aaaa clear-servfail clear-cname; do
        curl -s -d "{{\\"host\\": \\"$name\\"}}" http://127.0.0.1:8055/$what
    done
done
for server in nginx haproxy apache2; do
    systemctl is-active -q $server || systemctl reset-failed $server
    systemctl reload-or-restart $server
done
rm $kept
"""


def sh(script: str, stdin: str | None = None) -> str:
    """Run a script on tls1 as root, past SSH; return what it wrote.

    Raises:
        LabError: When it fails.
    """
    return shell(find(HOST), script, stdin=stdin)


@contextmanager
def changed(word: str, breaks: str = "", stdin: str | None = None) -> Iterator[str]:
    """Have tls1 changed by a script; whatever happens to its configuration is taken back.

    Args:
        word: A word for it, for the claim.
        breaks: The script.
        stdin: Standard input of the script.

    Yields:
        What the script wrote.
    """
    keep, cure = _KEEP.replace("WORD", word), _CURE.replace("WORD", word)
    with altered(HOST, f"tls-{word}", keep, cure):
        yield sh(f"set -e\n{breaks}", stdin=stdin) if breaks else ""


def served(name: str, port: int = 443, address: str = "127.0.0.1") -> str:
    """Return the SHA-256 fingerprint (hex) that tls1 itself is served, by its own openssl."""
    script = 'openssl s_client -connect "$1" -servername "$2" </dev/null 2>/dev/null |'
    script += " openssl x509 -noout -fingerprint -sha256"
    done = execute(HOST, ["sh", "-c", script, "served", f"{address}:{port}", name])
    return done.stdout.strip().rpartition("=")[2].replace(":", "").lower()


def fingerprint(path: str) -> str:
    """Return the SHA-256 fingerprint (hex) of the first certificate of a file on tls1."""
    said = sh(f"openssl x509 -in '{path}' -noout -fingerprint -sha256")
    return said.strip().rpartition("=")[2].replace(":", "").lower()


# Lineages ------------------------------------------------------------------------------------------


def issue(name: str, *names: str, short: bool = False, options: str = "") -> None:
    """Have certbot get a certificate from the ACME server; inside of `changed`, or the lineage stays.

    Args:
        name: Of the lineage, and the first of its names.
        *names: Further names.
        short: It lives for 6 days.
        options: Further words for certbot.
    """
    domains = " ".join(f"-d {one}" for one in (name, *names))
    sh(
        f"certbot certonly -n -q --agree-tos -m ops@lab.test --server {SHORT if short else LONG}"
        f" --webroot -w /var/www/acme --cert-name {name} {domains} {options}"
    )


@contextmanager
def lineage(name: str, *names: str, short: bool = False) -> Iterator[str]:
    """Have one lineage more, that no server shows; yields its folder in `live`."""
    with changed(f"lineage-{name}"):
        issue(name, *names, short=short)
        yield f"/etc/letsencrypt/live/{name}"


def write_aged(name: str, lived: timedelta, left: timedelta) -> None:
    """Make a lineage's certificate as old as that: same key, names and CA; inside of `changed`."""
    old = x509.load_pem_x509_certificate(sh(f"cat /etc/letsencrypt/live/{name}/cert.pem").encode())
    names = old.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    made = make(
        names.get_values_for_type(x509.DNSName),
        pebble(),
        lived=lived,
        left=left,
        key=old.public_key(),
    )
    folder = f"/etc/letsencrypt/live/{name}"
    # Through the links, into the archive.
    sh(f"cat >{folder}/cert.pem", stdin=made.leaf)
    sh(f"cat >{folder}/chain.pem", stdin=made.chain)
    sh(f"cat >{folder}/fullchain.pem", stdin=made.full)
    if name == LB:
        sh("/usr/local/sbin/lab-haproxy-pem")


@contextmanager
def aged(
    name: str = SHOP,
    *,
    lived: timedelta = timedelta(days=80),
    left: timedelta = timedelta(days=10),
    reload: bool = True,
) -> Iterator[None]:
    """Have a lineage's certificate as old as that, so that it is due, or has expired.

    Args:
        name: Of the lineage.
        lived: How long ago it began.
        left: How long it is still good.
        reload: The servers show it.
    """
    with changed("aged"):
        write_aged(name, lived, left)
        if reload:
            sh("systemctl reload nginx haproxy")
        yield


@contextmanager
def renewed_but_not_served(name: str = SHOP) -> Iterator[None]:
    """Have a lineage renewed for real, with nginx not told: it serves the old certificate."""
    with changed("not-served"):
        sh(f"certbot renew -q --cert-name {name} --force-renewal --no-random-sleep-on-renew")
        yield


# Files ---------------------------------------------------------------------------------------------


@contextmanager
def installed(
    certificate: str, path: str, *, key: str = "", key_path: str = "", reload: str = ""
) -> Iterator[None]:
    """Have other content in a certificate's file, and in its key's.

    Args:
        certificate: PEM.
        path: The file on tls1; mode and owner stay.
        key: PEM; empty: the key stays as it is.
        key_path: The key's file.
        reload: Units to reload.
    """
    with changed("installed"):
        sh(f"cat >'{path}'", stdin=certificate)
        if key:
            sh(f"cat >'{key_path}'", stdin=key)
        if reload:
            sh(f"systemctl reload {reload}")
        yield


# Servers -------------------------------------------------------------------------------------------


@contextmanager
def reload_refused() -> Iterator[None]:
    """Have nginx accept its configuration and a reload, and yet keep the old one: a port is taken.

    `nginx -t` says that all is well and `systemctl reload nginx` ends with 0; the error log has the truth.
    """
    breaks = """
    systemd-run -q --unit=lab-port-taken nc -lk 127.0.0.1 8081
    until ss -Hltn 'sport = :8081' | grep -q .; do sleep 0.05; done
    echo 'server { listen 127.0.0.1:8081; }' >/etc/nginx/conf.d/lab-port-taken.conf
    nginx -t -q
    """
    with changed("refused", breaks):
        yield


@contextmanager
def timer_off(*, mask: bool = False) -> Iterator[None]:
    """Have certbot's timer neither enabled nor active."""
    with changed(
        "timer",
        f"systemctl disable -q --now certbot.timer; {'systemctl mask -q certbot.timer' if mask else ''}",
    ):
        yield


@contextmanager
def read_only(path: str = "/etc/letsencrypt") -> Iterator[None]:
    """Have a folder (`/etc/letsencrypt` or `/var/www/acme`) read-only, for root as well."""
    with changed("read-only", f"mount --bind {path} {path}; mount -o remount,ro,bind {path}"):
        yield


def mount_small_letsencrypt(size: str = "4m") -> None:
    """Put certbot's folder on a small file system of its own; inside of `changed`."""
    sh(
        "set -e; rm -rf /run/lab-letsencrypt; cp -a /etc/letsencrypt /run/lab-letsencrypt;"
        f"mount -t tmpfs -o size={size},mode=755 lab-letsencrypt /etc/letsencrypt;"
        "cp -a /run/lab-letsencrypt/. /etc/letsencrypt/; rm -rf /run/lab-letsencrypt"
    )


@contextmanager
def small_letsencrypt(size: str = "4m", *, full: bool = False) -> Iterator[None]:
    """Have certbot's folder on a small file system, with nothing free when `full`."""
    with changed("small"):
        mount_small_letsencrypt(size)
        if full:
            sh("dd if=/dev/zero of=/etc/letsencrypt/.full bs=4k 2>/dev/null || true")
        yield


# The ACME server -----------------------------------------------------------------------------------


@contextmanager
def dns(answer: str, *names: str) -> Iterator[None]:
    """Have the DNS that the ACME server asks answer otherwise for names (by default shop's).

    Args:
        answer: `servfail`, `unauthorized` (the name leads to a web server that does not know the
            challenge), or `connection` (it leads to a host where nothing listens).
        *names: DNS names.
    """
    bodies = []
    for name in names or (SHOP, f"www.{SHOP}"):
        if answer == "servfail":
            bodies.append(("set-servfail", {"host": name}))
        else:
            other = {"unauthorized": "web2", "connection": "busy1"}[answer]
            address = sh(f"getent ahostsv4 {other} | head -n 1").split()[0]
            bodies.append(("add-a", {"host": name, "addresses": [address]}))
    lines = [f"curl -sS --fail -d '{json.dumps(body)}' http://127.0.0.1:8055/{what}" for what, body in bodies]
    with changed("dns", "\n".join(lines)):
        yield


@contextmanager
def acme_refuses(
    kind: str = "rateLimited",
    *,
    status: int = 429,
    detail: str = "too many certificates (5) already issued for this exact set of domains in the last 168h",
    path: str = "/order-plz",
) -> Iterator[None]:
    """Have the ACME server answer one kind of request with a problem document; everything else is pebble's.

    Args:
        kind: Type, such as `rateLimited`, `caa`, `rejectedIdentifier`, `serverInternal`.
        status: HTTP status.
        detail: Words of the server.
        path: Begin of the paths: `/order-plz` (a new order), `/finalize-order/`.
    """
    start = (
        "systemd-run -q --unit=lab-acme-refuses -p Group=daemon python3 -u /run/lab-acme-refuses.py"
        f" 14009 14000 {path} {status} {kind} '{detail}'"
    )
    breaks = f"""
    cat >/run/lab-acme-refuses.py
    {start}
    until ss -Hltn 'sport = :14009' | grep -q .; do sleep 0.05; done
    iptables -w -t nat -N lab-acme
    iptables -w -t nat -A lab-acme -p tcp -d 127.0.0.1 --dport 14000 -m owner ! --gid-owner daemon \\
        -j REDIRECT --to-ports 14009
    iptables -w -t nat -I OUTPUT -j lab-acme
    """
    with changed("acme", breaks, stdin=(_HERE / "acme_refuses.py").read_text()):
        yield


BINDING = ("lab-kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W")
"""Key id and HMAC key (base64url) of the external account binding that `binding_pebble` knows."""
BOUND = "https://pebble.lab.test:14003/dir"
_BOUND_CURE = """
systemctl stop lab-pebble-bound 2>/dev/null
rm -f /etc/pebble/bound.json
sed -i '/ pebble.lab.test$/d' /etc/hosts 2>/dev/null ||
    { sed '/ pebble.lab.test$/d' /etc/hosts >/run/lab-hosts; cat /run/lab-hosts >/etc/hosts; }
"""


@contextmanager
def binding_pebble() -> Iterator[str]:
    """Have a third ACME server on tls1, on every address, that gives nobody an account without a binding.

    Yields:
        Its directory; `/etc/pebble/ca.pem` is what its own certificate is checked with.
    """
    kid, key = BINDING
    breaks = f"""
    set -e
    python3 - <<'PYTHON'
import json
config = json.load(open("/etc/pebble/long.json"))
config["pebble"] |= {{
    "listenAddress": "0.0.0.0:14003",
    "managementListenAddress": "127.0.0.1:15003",
    "externalAccountBindingRequired": True,
    "externalAccountMACKeys": {{"{kid}": "{key}"}},
}}
json.dump(config, open("/etc/pebble/bound.json", "w"))
PYTHON
    echo '127.0.0.1 pebble.lab.test' >>/etc/hosts
    systemd-run -q --unit=lab-pebble-bound -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_WFE_NONCEREJECT=0 \\
        -E PEBBLE_AUTHZREUSE=0 pebble -config /etc/pebble/bound.json -dnsserver 127.0.0.1:8053
    until curl -s --fail --cacert /etc/pebble/ca.pem {BOUND} >/dev/null; do sleep 0.05; done
    """
    with altered(HOST, "tls-bound", breaks, _BOUND_CURE):
        yield BOUND
