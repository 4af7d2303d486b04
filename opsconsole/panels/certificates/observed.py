"""What `CertificatesPanel.observe` saw from outside: endpoints, and the files of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from opsconsole.panels.certificates.reading import Endpoint, Note

if TYPE_CHECKING:
    from opsconsole.data.tls.trust import Roots


@dataclass(frozen=True, slots=True)
class Observed:
    """One look from outside.

    Attributes:
        endpoints: What those of the configuration served; None: not looked at this time, what is known stays.
        found_endpoints: The same of those that the host's web servers have.
        endpoints_taken_at: When (UTC).
        files: Raw answer of `files_command.command`, or None: files were not read this time.
        configured: Paths and patterns of the configuration that were among what it was asked for.
        clock_skew_seconds: The host's clock against the console's; None: not known.
        roots: What chains are judged by: this machine's own and those of the configuration; None: not looked.
        problems: What could not be seen, and why.
    """

    endpoints: tuple[Endpoint, ...] | None = None
    found_endpoints: tuple[Endpoint, ...] | None = None
    endpoints_taken_at: datetime | None = None
    files: bytes | None = None
    configured: tuple[str, ...] = ()
    clock_skew_seconds: float | None = None
    roots: Roots | None = None
    problems: tuple[Note, ...] = ()
