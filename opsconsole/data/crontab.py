"""What a line of a crontab has run, and when. See `cron` for the moment, and `renewing` for the command."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

_JOB = re.compile(r"\s*(?P<when>@\w+|(?:\S+\s+){4}\S+)\s+(?P<text>.+)", re.DOTALL)
_INPUT = re.compile(r"(?<!\\)%")  # of crontab(5): what follows is the command's standard input


@dataclass(frozen=True, slots=True)
class Job:
    """One line of a crontab.

    Attributes:
        when: Five fields, or a nickname such as `@daily`.
        text: What stands behind it, the user's name too.
        command: What sh is given.
    """

    when: str
    text: str
    command: str

    @property
    def at_boot(self) -> bool:
        """Whether it runs when the host starts, and never again."""
        return self.when.lower() == "@reboot"


def job(path: str, line: str) -> Job | None:
    """Return what a line of the crontab at a path has run; None: it is no job.

    >>> job("/etc/cron.d/own", "@daily root certbot renew").command
    'certbot renew'
    """
    found = _JOB.fullmatch(line)
    if found is None or line.lstrip().startswith("#"):
        return None
    text = found["text"]
    has_user = (
        posixpath.basename(posixpath.dirname(path)) == "cron.d" or posixpath.basename(path) == "crontab"
    )
    command = text.partition(" ")[2] if has_user else text
    return Job(found["when"], text, _INPUT.split(command, 1)[0])
