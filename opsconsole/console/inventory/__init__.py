"""The hosts as resolved from every source, with the file and line of every value.

Sources, the most telling first; the first that says a value wins:

1. `[hosts.NAME]` of opsconsole.toml.
2. `[groups.NAME]` of opsconsole.toml, in the order of the host's groups: those of its own `groups` key as
   listed there, then those whose `hosts` has it in the order of the file, then those of Ansible. Last of
   all `[groups.all]`, which every host is in.
3. A block of ssh_config that names the host: `Host web1`.
4. The Ansible inventory.
5. A rule of ssh_config for many hosts: `Host *`, `Match user deploy`.
6. The defaults of `data.host.Host`.

Two things are different. `read_only` is sticky: once true for the console, the host's environment, one of
its groups or the host, nothing narrower switches it off. And a group's or a general rule's `jump` does not
apply to a host that is itself a hop of it.

ssh_config is asked as if one typed `ssh NAME` when a `Host` line other than `Host *` speaks of the name,
else `ssh ADDRESS`; address, user and port from opsconsole.toml or Ansible count like options on ssh's
command line, so `Match` and tokens see them.
"""

from __future__ import annotations

from opsconsole.console.inventory.entry import HostEntry, TargetError
from opsconsole.console.inventory.inventory import Inventory
from opsconsole.console.inventory.load import load_configuration, load_inventory
from opsconsole.console.sources.origin import Origin

__all__ = ["HostEntry", "Inventory", "Origin", "TargetError", "load_configuration", "load_inventory"]
