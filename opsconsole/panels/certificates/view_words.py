"""What a certificate is in words: how long it is good, who renews it, what serves it. Pure, no markup."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from opsconsole.data.text import clean_line
from opsconsole.data.tls.certificate import in_zone
from opsconsole.data.tls.served import VERSIONS
from opsconsole.panels import draw
from opsconsole.panels.certificates.judge_expiry import span_words, utc
from opsconsole.panels.certificates.judge_held import Held, listed
from opsconsole.panels.certificates.judge_served import is_expected
from opsconsole.panels.certificates.judge_versions import DEPRECATED
from opsconsole.panels.certificates.reading import CertificatesReading, Renewer

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.served import Served
    from opsconsole.panels.certificates.reading import Endpoint

    Look = tuple[Endpoint, Served]


def left_words(certificate: Certificate, now: datetime) -> str:
    """Return how long it is good: `9 d`, `ended 3 d ago`, `from in 30 h on` while it is not valid yet."""
    if now >= certificate.not_after:
        return f"ended {span_words(now - certificate.not_after)} ago"
    if now < certificate.not_before:
        return f"begins in {span_words(certificate.not_before - now)}"
    return span_words(certificate.not_after - now)


def local_words(at: datetime, zone: tzinfo | None = None) -> str:
    """Return a time as the console's machine shows it; None: its own zone."""
    return f"{in_zone(at, zone):%Y-%m-%d %H:%M %Z}"


def key_words(certificate: Certificate) -> str:
    """Return kind and size of the key: `RSA, 2,048 bits`, `EC P-256`."""
    bits = certificate.key_bits
    named = bits is not None and str(bits) in certificate.key_kind
    return certificate.key_kind if bits is None or named else f"{certificate.key_kind}, {bits:,} bits"


def renewer_words(renewer: Renewer, now: datetime) -> str:
    """Return who renews, whether that works, and when it runs next."""
    if renewer.kind == "none":
        return "nobody"
    words = clean_line(renewer.kind, 64)
    if doubt := _doubt(renewer):
        return f"{words}: {doubt}"
    if renewer.next_run_at is None:
        return words
    wait = (renewer.next_run_at - now).total_seconds()
    return f"{words}, next run " + (f"in {draw.age(wait)}" if wait >= 0 else "is due")


def _doubt(renewer: Renewer) -> str:
    """Return why it does not renew, or that this is not known; empty: it works."""
    if renewer.why:
        return clean_line(renewer.why, 120)
    if renewer.enabled is False or renewer.active is False:
        return "not enabled" if renewer.enabled is False else "not active"
    if renewer.works is False:
        return f"last run failed ({clean_line(renewer.last_result, 40)})"
    return "" if renewer.works else "not known whether it renews"


def renewal_words(one: Held, reading: CertificatesReading, now: datetime) -> str:
    """Return who renews a certificate; `nobody` only where that is known."""
    if one.renewer is not None:
        return renewer_words(one.renewer, now)
    if reading.renewers is None or not one.files:
        return draw.UNKNOWN
    return "nobody that is known"


class Sight:
    """What was seen on the wire of a reading, found quickly by certificate and by file.

    Args:
        reading: The reading.
    """

    def __init__(self, reading: CertificatesReading) -> None:
        self._files = {file.path: file for file in reading.files or ()}
        self._by_path: dict[str, list[Look]] = {}
        self._by_mark: dict[str, list[Look]] = {}
        for look in ((end, one) for end in reading.endpoints or () for one in end.served):
            if look[1].chain:
                self._by_mark.setdefault(look[1].chain[0].fingerprint_sha256, []).append(look)
            if look[1].chain or look[1].error_kind == "key":
                for path in look[0].expects:
                    self._by_path.setdefault(path, []).append(look)

    def served(self, one: Held) -> tuple[int, int, int]:
        """Return at how many places it was looked for, and at how many of them its file is served, or not is.

        Those are the services that should show one of its files, and wherever else it was seen.
        """
        looks = list(self._by_mark.get(one.certificate.fingerprint_sha256, ()))
        for file in one.files:
            looks += self._by_path.get(file.path, ())
        unique = {id(look[1]): look for look in looks}.values()
        judged = [is_expected(*look, self._files) for look in unique]
        return len(judged), judged.count(True), judged.count(False)


def served_words(one: Held, sight: Sight) -> str:
    """Return how what is served compares with the file: `= file on 2`, `≠ file on 1 of 2`, `on 2`, `–`."""
    looks, equal, other = sight.served(one)
    if other:
        return f"≠ file on {other} of {looks}"
    if not looks:
        return draw.UNKNOWN
    return f"= file on {looks}" if equal == looks else f"on {looks}"


def versions_words(protocols: Mapping[str, bool | None]) -> str:
    """Return the versions that are spoken: `1.2 1.3`; `?`: not known whether, `…`: others were not tried."""
    if not protocols:
        return draw.UNKNOWN
    shown = [
        ("1.0" if version == "TLSv1" else version.removeprefix("TLSv")) + ("?" if taken is None else "")
        for version, taken in protocols.items()
        if taken is not False
    ]
    said = " ".join(clean_line(version, 10) for version in shown) or "none"
    return said if len(protocols) >= len(VERSIONS) else f"{said} …"


def is_old(protocols: Mapping[str, bool | None]) -> bool:
    """Whether a version is spoken that RFC 8996 deprecates."""
    return any(taken and version in DEPRECATED for version, taken in protocols.items())


def use_words(one: Held, most: int = 5) -> str:
    """Return the servers that show it, with place, names and addresses."""
    return listed(
        (
            f"{use.server} {clean_line(use.place, 200)}"
            + (f" for {listed((clean_line(name, 100) for name in use.names), 3)}" if use.names else "")
            + (f" on {listed((str(where) for where in use.listens if where.tls), 3)}" if use.listens else "")
            for use in one.used_by
        ),
        most,
    )


def when_words(at: datetime) -> str:
    """Return a time in UTC and as it is here."""
    local = local_words(at)
    return utc(at) if local.endswith(" UTC") else f"{utc(at)} ({local})"
