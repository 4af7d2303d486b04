"""Runs one TCP check: whether a port accepts a connection, and how fast."""

from __future__ import annotations

import asyncio
import time

from opsconsole.data.host import Shell, ShellError
from opsconsole.data.text import clean_line
from opsconsole.panels.health.reach import Failure, failure_of
from opsconsole.panels.health.reading import CheckResult
from opsconsole.panels.health.settings import TcpCheck


async def run(check: TcpCheck, shell: Shell) -> CheckResult:
    """Try the check once. Every failure is a result; nothing is raised but cancellation."""
    began = time.monotonic()
    failure, latency = Failure(), None
    try:
        async with asyncio.timeout(check.timeout_seconds):
            if check.via == "host":
                await shell.reach(check.address, check.port)
            else:
                _, writer = await asyncio.open_connection(check.address, check.port)
                writer.close()
        latency = time.monotonic() - began
    except (ShellError, OSError, UnicodeError) as error:  # UnicodeError: a name that IDNA refuses
        failure = Failure("name", "not a host name") if isinstance(error, UnicodeError) else failure_of(error)
    return CheckResult(
        name=check.name,
        target=clean_line(check.target),
        via=check.via,
        ok=not failure.kind,
        error=failure.kind,
        detail=failure.words,
        latency_seconds=latency,
    )
