"""Asks services for their certificates: those of the configuration, and those of the host's web servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from opsconsole.data.host import Shell
from opsconsole.data.text import clean_line
from opsconsole.data.tls import connect
from opsconsole.data.tls.endpoint import TIMEOUT_SECONDS, look
from opsconsole.data.tls.served import Served, Side
from opsconsole.data.tls.stream import TlsError
from opsconsole.panels import clock
from opsconsole.panels.certificates import addresses
from opsconsole.panels.certificates.asks import Ask, asks
from opsconsole.panels.certificates.observed import Observed
from opsconsole.panels.certificates.reading import CertificatesReading, Endpoint, Note
from opsconsole.panels.certificates.settings import CertificatesSettings, EndpointSetting

if TYPE_CHECKING:
    from opsconsole.data.host import Host
    from opsconsole.data.tls.trust import Roots

AT_ONCE = 8
MOST_LOOKS = 128
"""Handshakes of one look, each address and side counted; the rest is said not to be known."""

CONFIGURED_SECONDS = 25.0
FOUND_SECONDS = 45.0
"""For a whole look. `opsconsole check` gives a host 90 s for everything."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One handshake to be made, or (`blank.error`) the reason why it cannot be."""

    blank: Served
    timeout_seconds: float = TIMEOUT_SECONDS
    versions: bool = True


async def observe(shell: Shell, host: Host, settings: CertificatesSettings) -> Observed:
    """Look at the endpoints of the configuration, and at the host's clock; raises nothing of either."""
    (roots, problems), (skew, skew_problem), wanted = await asyncio.gather(
        _trusted(settings),
        _clock_skew(shell, host),
        asyncio.gather(*(_looks(shell, one) for one in settings.endpoints)),
    )
    served = iter(await _run(shell, [one for looks in wanted for one in looks], roots, CONFIGURED_SECONDS))
    endpoints = tuple(
        Endpoint(
            name=setting.title,
            target=setting.target,
            served=tuple(next(served) for _ in looks),
            expects=(setting.file,) if setting.file else (),
        )
        for setting, looks in zip(settings.endpoints, wanted, strict=True)
    )
    return Observed(
        endpoints=endpoints,
        endpoints_taken_at=datetime.now(UTC),
        clock_skew_seconds=skew,
        roots=roots,
        problems=tuple(one for one in (*problems, skew_problem) if one is not None),
    )


async def found_endpoints(
    shell: Shell, host: Host, settings: CertificatesSettings, reading: CertificatesReading
) -> tuple[Endpoint, ...]:
    """Look at what the host's web servers are configured to serve, as the host itself sees it.

    Protocol versions are tried once for each address and port: servers choose before they know the name.
    """
    if not settings.servers:
        return ()
    wanted = asks(reading.files or ())
    if not wanted:
        return ()
    roots, _ = await asyncio.to_thread(_roots, settings)
    tried: set[tuple[str, int]] = set()
    looks = []
    for ask in wanted[:MOST_LOOKS]:
        place = (ask.blank.address, ask.blank.port)
        looks.append(_Look(ask.blank, versions=place not in tried))
        tried.add(place)
    served = await _run(shell, looks, roots, FOUND_SECONDS)
    return _grouped(zip(wanted, served, strict=False), wanted[MOST_LOOKS:])


def _grouped(looked_at: Iterable[tuple[Ask, Served]], too_many: Sequence[Ask]) -> tuple[Endpoint, ...]:
    """Return an endpoint for each name and port, with all its addresses."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Served]] = {}
    for ask, one in looked_at:
        if not (ask.optional and one.error_kind in ("refused", "route")):
            groups.setdefault((ask.server, ask.target, ask.expects), []).append(one)
    endpoints = [
        Endpoint(
            name=served[0].server_name or target,
            target=target,
            served=tuple(served),
            found_by=server,
            expects=expects,
        )
        for (server, target, expects), served in groups.items()
    ]
    if too_many:
        first = too_many[0]
        words = f"not asked: {len(too_many)} names and addresses beyond the {MOST_LOOKS} of one look"
        blank = replace(first.blank, error=words, error_kind="skipped")
        target = f"{first.target} and {len(too_many) - 1} more" if len(too_many) > 1 else first.target
        endpoints.append(Endpoint(target, target, (blank,), first.server))
    return tuple(endpoints)


async def _looks(shell: Shell, setting: EndpointSetting) -> list[_Look]:
    """Return what is to be asked for an endpoint of the configuration: each side, each address."""
    sides: tuple[Side, ...] = ("host", "console") if setting.via == "both" else (setting.via,)
    if shell.host.is_local:
        sides = sides[:1]  # it is the same place
    looks = []
    for side in sides:
        blank = Served(setting.host, setting.port, setting.asked_name, setting.starttls, side)
        try:
            if side == "host":
                found = await addresses.from_host(shell, setting.host, setting.port)
            else:
                found = await addresses.from_console(setting.host, setting.port)
        except TlsError as error:
            looks.append(_Look(replace(blank, error=str(error), error_kind=error.kind)))
        else:
            looks += [_Look(replace(blank, address=one), setting.timeout_seconds) for one in found]
    return looks


async def _run(shell: Shell, looks: Sequence[_Look], roots: Roots | None, seconds: float) -> list[Served]:
    """Look, `AT_ONCE` at a time, and be back in time; what was not seen by then says so."""
    gate = asyncio.Semaphore(AT_ONCE)
    end = time.monotonic() + seconds

    async def one(wanted: _Look) -> Served:
        async with gate:
            left = max(0.0, end - time.monotonic())
            try:
                async with asyncio.timeout(left):
                    return await look(
                        _connector(shell, wanted.blank),
                        replace(wanted.blank, taken_at=datetime.now(UTC)),
                        roots=roots,
                        timeout_seconds=wanted.timeout_seconds,
                        versions=wanted.versions,
                    )
            except TimeoutError:
                words = f"not seen within the {seconds:g} s that all endpoints have together"
                return replace(wanted.blank, error=words, error_kind="skipped", taken_at=datetime.now(UTC))

    async def passed(wanted: _Look, place: int) -> Served:
        if wanted.blank.error:
            return wanted.blank
        if place >= MOST_LOOKS:
            words = f"not asked: more than {MOST_LOOKS} names and addresses"
            return replace(wanted.blank, error=words, error_kind="skipped")
        return await one(wanted)

    return list(await asyncio.gather(*(passed(wanted, place) for place, wanted in enumerate(looks))))


def _connector(shell: Shell, blank: Served) -> connect.Connect:
    if blank.seen_from == "host":
        return partial(connect.through, shell, blank.address, blank.port)
    return partial(connect.directly, blank.address, blank.port)


async def _trusted(settings: CertificatesSettings) -> tuple[Roots | None, tuple[Note, ...]]:
    """Return the roots where the configuration names what is judged by them; None: they are read when needed.

    To read those of a machine takes a tenth of a second of Python, for which the console's first paint waits.
    """
    if not settings.endpoints and not settings.roots:
        return None, ()
    return await asyncio.to_thread(_roots, settings)


def _roots(settings: CertificatesSettings) -> tuple[Roots, tuple[Note, ...]]:
    """Return the system's roots and those of the configuration, and what could not be read of these."""
    from opsconsole.data.tls.trust import system_roots

    if not settings.roots:
        return system_roots(), ()
    return _with_roots(system_roots(), settings.roots, tuple(map(_state, settings.roots)))


@lru_cache(maxsize=16)
def _with_roots(
    system: Roots, paths: tuple[Path, ...], states: tuple[object, ...]
) -> tuple[Roots, tuple[Note, ...]]:
    """The same for all hosts of a group: OpenSSL's store of them is made once."""
    from opsconsole.data.tls.trust import read_roots

    del states  # only makes the cache notice a change
    own = read_roots(paths)
    return system.with_more(own.certificates, own.source), tuple(
        Note("configured roots", clean_line(words, 200)) for words in own.problems[:5]
    )


def _state(path: Path) -> object:
    try:
        about = path.stat()
    except OSError as error:
        return error.errno
    return about.st_mtime_ns, about.st_size, about.st_ino


async def _clock_skew(shell: Shell, host: Host) -> tuple[float | None, Note | None]:
    """Return the host's clock against ours in seconds, or why it is not known."""
    if host.is_local:
        return 0.0, None
    skew, why = await clock.measured(shell)
    offset = None if skew is None else skew.offset_seconds
    return offset, None if why is None else Note("clock of the host", why)
