"""The argv of an interactive session: the system's own ssh, so that all that it can do is there."""

from __future__ import annotations

import os
import shlex

from opsconsole.console.inventory import Inventory
from opsconsole.data.host import Host


def session_argv(host: Host, inventory: Inventory) -> list[str]:
    """Return what to run for a person at a terminal: ssh with the inventory's values, or a login shell.

    Host names and addresses follow `--` or an option's own argument, so that none can pass for an option.
    """
    if host.is_local:
        return [os.environ.get("SHELL", "/bin/sh"), "-l"]
    return ["ssh", *_options(host), *_jump_options(host, inventory), "--", host.address]


def _options(host: Host) -> list[str]:
    options = ["-p", str(host.port)]
    if host.user:
        options += ["-l", host.user]
    for path in host.identity_files:
        options += ["-o", f"IdentityFile={_quoted(path)}"]
    for path in host.certificate_files:
        options += ["-o", f"CertificateFile={_quoted(path)}"]
    if host.identities_only:
        options += ["-o", "IdentitiesOnly=yes"]
    if host.identity_agent:
        options += ["-o", f"IdentityAgent={_quoted(host.identity_agent)}"]
    if host.known_hosts_files:
        options += ["-o", "UserKnownHostsFile=" + " ".join(map(_quoted, host.known_hosts_files))]
    if host.host_key_alias:
        options += ["-o", f"HostKeyAlias={host.host_key_alias}"]
    return [*options, "-o", "StrictHostKeyChecking=yes"]


def _jump_options(host: Host, inventory: Inventory) -> list[str]:
    """Return a ProxyCommand per hop: unlike `-J` it can carry each hop's own key, port and known_hosts.

    What is reached directly says so: ssh would else jump as its own configuration says of the address, which
    need not be the inventory's way. (A ProxyCommand there stays: it is what the console cannot do.)
    """
    way = ["-o", "ProxyJump=none"]
    for name in host.jump:
        hop = inventory.hop(name)
        argv = ["ssh", *(_options(hop) if hop else ["-o", "StrictHostKeyChecking=yes"]), *way]
        target = ["--", hop.address] if hop else _ad_hoc(name)
        # ssh expands %h and %p of a ProxyCommand itself; inner levels need their percent signs doubled.
        proxy = shlex.join([*(part.replace("%", "%%") for part in argv), "-W", "[%h]:%p", *target])
        way = ["-o", f"ProxyCommand={proxy}"]
    return way


def _ad_hoc(name: str) -> list[str]:
    """Return the ssh arguments of a hop written as `[user@]host[:port]`."""
    user, _, rest = name.rpartition("@")
    address, _, port = rest.rpartition(":") if ":" in rest and not rest.endswith("]") else (rest, "", "")
    options = (["-l", user] if user else []) + (["-p", port] if port else [])
    return [*options, "--", address.strip("[]")]


def _quoted(path: str) -> str:
    """Return a path as one ssh_config argument."""
    return f'"{path}"' if " " in path else path
