"""Which old protocol versions services still take. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from opsconsole.data.text import clean_line
from opsconsole.data.tls.served import VERSIONS
from opsconsole.panels.certificates.judge_held import by_label, listed, place
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificatesReading
from opsconsole.panels.panel import Finding, Level

if TYPE_CHECKING:
    from opsconsole.data.tls.served import Served

DEPRECATED = frozenset({"TLSv1", "TLSv1.1"})
SOURCE = "RFC 8996 §4 and §5: TLS 1.0 and TLS 1.1 must not be used"


def spoken(version: str) -> str:
    """Return a version as people write it.

    >>> [spoken(version) for version in VERSIONS]
    ['TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3']
    """
    return "TLS 1.0" if version == "TLSv1" else version.replace("TLSv", "TLS ")


def too_old(limits: CertificatesLimits) -> tuple[str, ...]:
    """Return the versions of `VERSIONS` that are older than the limit, oldest first."""
    return tuple(version for version in VERSIONS if spoken(version) < f"TLS {limits.oldest_version}")


def findings(reading: CertificatesReading, limits: CertificatesLimits) -> Iterator[Finding]:
    """Yield which endpoints take versions that are too old, and of which that is not known.

    A version counts as taken only when a handshake in it was done. Of several names at one address one is
    asked: what is not in `Served.protocols` was not tried here, and is told of that other name.
    """
    old = too_old(limits)
    if not old:
        return
    for words, looks in by_label(reading).items():
        tried = [one for _, one in looks if any(version in one.protocols for version in old)]
        taken = [one for one in tried if any(one.protocols.get(version) for version in old)]
        if taken:
            yield _taken(words, taken, old, limits)
            continue
        unknown = [one for one in tried if _unknown(one, old)]
        if unknown:
            versions = listed(spoken(version) for one in unknown for version in _unknown(one, old))
            yield Finding(
                Level.UNKNOWN,
                "versions-unknown",
                words,
                f"whether {words} takes {versions} is not known: {_why(unknown[0])}",
                "\n".join(f"{place(one)}: {_why(one)}" for one in unknown[:10]),
            )


def _taken(words: str, looks: Sequence[Served], old: tuple[str, ...], limits: CertificatesLimits) -> Finding:
    versions = [version for version in old if any(one.protocols.get(version) for one in looks)]
    told = [
        f"a handshake was done in {listed(spoken(each) for each in versions if one.protocols.get(each))}"
        f" on {place(one)}"
        for one in looks[:10]
    ]
    if not DEPRECATED.isdisjoint(versions):
        told.append(SOURCE)
    told.append(f'limit: oldest_version = "{limits.oldest_version}" of limits.certificates')
    return Finding(
        Level.WARNING,
        "old-versions",
        words,
        f"{words} takes {listed(map(spoken, versions))}: older than TLS {limits.oldest_version}",
        "\n".join(told),
    )


def _unknown(one: Served, old: tuple[str, ...]) -> list[str]:
    return [version for version in old if version in one.protocols and one.protocols[version] is None]


def _why(one: Served) -> str:
    return clean_line(one.protocols_remark, 200) or "it could not be tried"
