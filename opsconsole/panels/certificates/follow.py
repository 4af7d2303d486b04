"""Reads the certificate files that the host's section named, then asks the web servers what they serve."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from opsconsole.data.host import Host, Shell
from opsconsole.panels.certificates import files_command
from opsconsole.panels.certificates.observe import found_endpoints
from opsconsole.panels.certificates.observed import Observed
from opsconsole.panels.certificates.passwords import PASSWORDS
from opsconsole.panels.certificates.reader import configured
from opsconsole.panels.certificates.reading import CertificatesReading, Note
from opsconsole.panels.certificates.settings import CertificatesSettings


async def _files(
    shell: Shell, settings: CertificatesSettings, reading: CertificatesReading, *, root: bool
) -> Observed:
    """Return the files' answer, by one command; none where nothing names a file.

    Raises:
        ShellError: The host could not be asked.
    """
    wanted = PASSWORDS.put_in(shell.host.name, (*configured(settings.files), *reading.wanted))
    problems: tuple[Note, ...] = ()
    if len(wanted) > files_command.MOST_FILES:
        words = f"only the first {files_command.MOST_FILES:,} of {len(wanted):,} files are read"
        problems = (Note("certificate files", words),)
    if not wanted:
        return Observed(files=files_command.NOTHING)
    output = await shell.run(files_command.command(wanted, root=root))
    return Observed(files=output.stdout, configured=settings.files, problems=problems)


async def follow(
    shell: Shell,
    host: Host,
    settings: CertificatesSettings,
    reading: CertificatesReading,
    show: Callable[[object], Awaitable[CertificatesReading]],
    *,
    root: bool,
) -> None:
    """See `panel.Follower`: first the files, which are shown at once; then what is served.

    Raises:
        ShellError: The host could not be asked.
    """
    read = await show(await _files(shell, settings, reading, root=root))
    found = await found_endpoints(shell, host, settings, read)
    await show(Observed(found_endpoints=found, endpoints_taken_at=datetime.now(UTC)))
