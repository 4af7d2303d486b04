"""The first configuration, as `opsconsole init` writes it: what can be said, in comments; what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opsconsole.console.inventory.entry import HostEntry
from opsconsole.console.inventory.load import load_inventory
from opsconsole.console.settings.load import Settings, default_path, default_ssh_configs
from opsconsole.console.sources.problem import SettingsError, dotted
from opsconsole.data.host import Host
from opsconsole.data.text import clean_line

HOSTS_LISTED = 500

# Servers of git, which let nobody in to look at their disks.
FORGES = frozenset(
    {
        *("github.com", "ssh.github.com", "gitlab.com", "altssh.gitlab.com", "bitbucket.org"),
        *(
            "altssh.bitbucket.org",
            "codeberg.org",
            "git.sr.ht",
            "ssh.dev.azure.com",
            "vs-ssh.visualstudio.com",
        ),
    }
)

HEAD = """\
# The configuration of opsconsole. `opsconsole hosts -v` shows every host with the file and line that each
# of its values came from. A mistake in here is named with its line when opsconsole starts.

[console]
# interval = "2s"               # between two fast readings of a host
# slow_interval = "30s"         # between two slow ones
# read_only = true              # refuse every change, on all hosts
# theme = "opsconsole-dark"
# max_handshakes = 50           # SSH handshakes at once
# ssh_config = "~/.ssh/config"  # false: take no hosts from there
# ansible_inventory = ["~/infrastructure/hosts.yml"]
# history = false               # keep no readings on disk
"""

IGNORE = """
# Names of ssh_config or Ansible that are not to be listed; patterns such as "*.lan" will do.
"""

NO_SSH_CONFIG = """
# ssh_config has the problems that `opsconsole init` named. When they are mended, take this line away:
ssh_config = false
"""

MIDDLE = """
# Limits for every host; the same table can stand in a group ([groups.NAME.limits.resources]) or a host.
# [limits.resources]
# disk_percent = 85
# cpu_percent = 80
# cpu_for = "15m"

# A group says the same for all its hosts. What a host says itself wins, but for read_only: once true for
# the console, the environment, a group or the host, it stays true.
# [groups.web]
# hosts = ["web1", "web2", "app-*"]
# environment = "production"    # shown differently everywhere, and asks before changes
# user = "deploy"
# jump = "bastion"              # or a chain: ["bastion", "inner"]
# sudo = "ask"                  # never, passwordless or ask
#
# [groups.web.health]
# units = ["nginx.service"]
# http = [{ name = "home", url = "http://127.0.0.1/", expect_status = "200" }]
#
# Those of certbot, nginx, Apache and HAProxy are found by themselves.
# [groups.web.certificates]
# files = ["/etc/ssl/shop/*.pem"]
# roots = ["company-ca.pem"]    # on this machine, beside the system's own
# endpoints = [{ target = "mail.example.org:25", starttls = "smtp", from = "both" }]

# [environments.production]
# read_only = true

# An ACME server, for the recipe certificate-renewal: server=company. For an external account binding it has
# an eab_key_id as well, and an eab_key_file: the key itself stays in a file of its own.
# [acme.company]
# directory = "https://ca.example.org/acme/directory"
# ca_bundle = "/etc/ssl/company-ca.pem"  # on the host
# email = "ops@example.org"
# default_for = ["@web"]        # hosts, @groups or "all"
"""

NO_HOSTS = """
# A host. Only what ssh needs to find it has to be said; the name will do when ssh_config knows it.
# [hosts.web1]
# address = "192.0.2.10"
# user = "deploy"
# groups = ["web"]
"""


@dataclass(frozen=True, slots=True)
class Starter:
    """A first configuration.

    Attributes:
        text: What to write.
        hosts: The hosts that it will have besides this machine.
        warnings: What a person should know.
    """

    text: str
    hosts: tuple[str, ...]
    warnings: tuple[str, ...]


def starter() -> Starter:
    """Return a first configuration for the hosts of the user's ssh_config."""
    settings = Settings(path=default_path(), ssh_configs=default_ssh_configs())
    problems: tuple[str, ...] = ()
    try:
        inventory = load_inventory(settings, panels={})
    except SettingsError as error:
        problems = tuple(map(str, error.problems))
        inventory = load_inventory(Settings(), panels={})
    entries = [entry for entry in inventory.entries.values() if not entry.host.is_local]
    forges = [entry.host.name for entry in entries if _is_forge(entry.host)]
    listed = [entry for entry in entries if entry.host.name not in forges]
    # A name is letters, digits and a few signs (`is_name`): it needs no escape.
    quoted = ", ".join(f'"{name}"' for name in forges)
    text = HEAD + (NO_SSH_CONFIG if problems else "") + IGNORE
    text += (f"ignore = [{quoted}]\n" if forges else "# ignore = []\n") + MIDDLE
    text += _listed(listed) if listed else NO_HOSTS
    return Starter(text, tuple(entry.host.name for entry in listed), (*problems, *inventory.warnings))


def _is_forge(host: Host) -> bool:
    return host.address in FORGES or host.user == "git"


def _listed(entries: Sequence[HostEntry]) -> str:
    text = (
        "\n# These hosts of ssh_config are in the inventory as they are. Uncomment one to say more of it.\n"
    )
    for entry in entries[:HOSTS_LISTED]:
        host = entry.host
        user = f"{host.user}@" if host.user else ""
        via = f" via {', '.join(host.jump)}" if host.jump else ""
        what = clean_line(f"{user}{host.address}:{host.port}{via}; {entry.origins['name']}")
        text += f'\n# [{dotted(("hosts", host.name))}]  # {what}\n# environment = "production"\n'
    if len(entries) > HOSTS_LISTED:
        text += f"\n# … and {len(entries) - HOSTS_LISTED} more.\n"
    return text
