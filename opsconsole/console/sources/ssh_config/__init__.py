"""ssh_config as OpenSSH reads it, with the file and line of every value.

asyncssh reads these files too, but keeps no line numbers and lets settings leak out of an `Include` that
stands within a `Host` block. What differs from ssh on purpose: `Match exec` runs nothing and does not
match (with a warning), and a mistake is a warning where ssh would refuse to run.
"""

from __future__ import annotations

from opsconsole.console.sources.ssh_config.config import Resolved, SshConfig
from opsconsole.console.sources.ssh_config.hops import Hop, HopError, parse_hop

__all__ = ["Hop", "HopError", "Resolved", "SshConfig", "parse_hop"]
