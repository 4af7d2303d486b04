"""What a host runs to find certificates: POSIX sh for dash and BusyBox ash, constant text.

It sends the configuration of nginx, Apache and HAProxy with all that it includes, certbot's renewal files,
and who renews; `files_command` then reads the certificates that these name. All of it runs at the lowest
priority. Parts are framed as in the logs panel; each line with text of the host begins with a sign of ours.

Private keys in a file are left out where they stand, so that lines keep their numbers, and of Apache's and
HAProxy's configuration only the lines that count are sent: others may hold passwords.
"""

from __future__ import annotations

from importlib import resources

from opsconsole.panels.prelude import LOWEST_PRIORITY, PART, TOOLS


def script(name: str) -> str:
    """Return a script of the folder `sh` with what all of them begin with."""
    text = resources.files(f"{__package__}.sh").joinpath(f"{name}.sh").read_text("utf-8")
    return TOOLS + PART + LOWEST_PRIORITY + text


HOST = script("host")
