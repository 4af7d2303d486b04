"""What is served against what is on disk, on every address, by every name. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from opsconsole.data.text import clean_line
from opsconsole.data.tls.names import certificate_covers
from opsconsole.panels.certificates import judge_stapling
from opsconsole.panels.certificates.judge_expiry import HELPS, identity, schedule_of
from opsconsole.panels.certificates.judge_held import Held, by_label, held, listed, place
from opsconsole.panels.certificates.judge_key import evidence_of
from opsconsole.panels.certificates.limits import CertificatesLimits
from opsconsole.panels.certificates.reading import CertificateFile, CertificatesReading, Endpoint
from opsconsole.panels.panel import Finding, Level

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.handshake import Served

    Look = tuple[Endpoint, Served]

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain"})
_NAMES_SHOWN = 8


def findings(reading: CertificatesReading, limits: CertificatesLimits) -> Iterator[Finding]:
    """Yield where the socket tells another story than the files and the names."""
    files = {file.path: file for file in reading.files or ()}
    known = {one.certificate.fingerprint_sha256: one for one in held(reading)}
    for words, looks in by_label(reading).items():
        yield from _unanswered(words, looks)
        answered = [look for look in looks if look[1].chain]
        yield from _unreadable_names(words, answered)
        yield from _other_than_file(words, answered, files, known, reading, limits)
        yield from _differing(words, answered)
        yield from _not_covered(words, answered)
        yield from judge_stapling.findings(words, answered)
    for endpoint in reading.endpoints or ():
        if not endpoint.served:
            words = clean_line(endpoint.target, 100)
            yield Finding(Level.UNKNOWN, "endpoint-unknown", words, f"what {words} serves was not asked")
    for file in reading.files or ():
        yield from _names_of_servers(reading, file)


def _unanswered(words: str, looks: Sequence[Look]) -> Iterator[Finding]:
    failed = [one for _, one in looks if not one.chain and one.error_kind != "key"]
    if failed:
        why = clean_line(failed[0].error, 200) or "no certificate came"
        some = "" if len(failed) == len(looks) else f" on {len(failed)} of {len(looks)} addresses"
        yield Finding(
            Level.UNKNOWN,
            "endpoint-unknown",
            words,
            f"what {words} serves{some} is not known: {why}",
            "\n".join(
                f"{place(one)}: {clean_line(one.error, 200) or 'no certificate'}" for one in failed[:10]
            ),
        )


def is_expected(endpoint: Endpoint, served: Served, files: Mapping[str, CertificateFile]) -> bool | None:
    """Return whether what is served is in one of the files that it should be from; None: not known."""
    expected = [files[path] for path in endpoint.expects if path in files]
    marks = {file.leaf.fingerprint_sha256 for file in expected if file.leaf is not None}
    if not marks or not (served.chain or served.error_kind == "key"):
        return None
    if not served.chain:
        return False  # it answers, and has no certificate of this kind of key
    if served.chain[0].fingerprint_sha256 in marks:
        return True
    # A file that could not be read may be the one.
    unread = len(expected) < len(endpoint.expects) or any(file.leaf is None for file in expected)
    return None if unread else False


def _other_than_file(
    words: str,
    looks: Sequence[Look],
    files: Mapping[str, CertificateFile],
    known: Mapping[str, Held],
    reading: CertificatesReading,
    limits: CertificatesLimits,
) -> Iterator[Finding]:
    other = [look for look in looks if is_expected(*look, files) is False]
    if not other:
        return
    endpoint, first = other[0]
    leaf = first.chain[0]
    expected = [files[path] for path in endpoint.expects]
    newest = max((file.leaf for file in expected if file.leaf is not None), key=lambda one: one.not_before)
    if newest.not_before > leaf.not_before:
        story = "the file was renewed, the server was not reloaded"
    else:
        story = "the file holds an older one"
    level = Level.WARNING
    if schedule_of(known[leaf.fingerprint_sha256], limits).level(leaf, reading.taken_at) is Level.CRITICAL:
        level = Level.CRITICAL  # the one that clients see is about to end, or has
    yield Finding(
        level,
        "served-not-file",
        words,
        f"{words} serves another certificate than its file: {story}",
        "\n".join(
            [
                f"served {identity(leaf)} on {listed(place(one) for _, one in other)}",
                f"in {listed(file.path for file in expected)}: {identity(newest)}",
            ]
        ),
        suggests=HELPS,
    )


def _differing(words: str, looks: Sequence[Look]) -> Iterator[Finding]:
    places: dict[str, list[str]] = {}
    leaves: dict[str, Certificate] = {}
    for _, one in looks:
        leaf = one.chain[0]
        leaves[leaf.fingerprint_sha256] = leaf
        places.setdefault(leaf.fingerprint_sha256, []).append(place(one))
    if len(places) > 1:
        yield Finding(
            Level.WARNING,
            "served-differs",
            words,
            f"{words} serves {len(places)} different certificates, by address or side",
            "\n".join(f"{identity(leaves[mark])} on {listed(where)}" for mark, where in places.items()),
            suggests=HELPS,
        )


def _not_covered(words: str, looks: Sequence[Look]) -> Iterator[Finding]:
    wrong = [
        (endpoint, one)
        for endpoint, one in looks
        if one.server_name and certificate_covers(one.chain[0], one.server_name) is False
    ]
    if not wrong:
        return
    endpoint, one = wrong[0]
    leaf = one.chain[0]
    # A name in the console's configuration is asked for; a server block may have some that nobody asks for.
    level = Level.CRITICAL if endpoint.found_by == "configuration" else Level.WARNING
    yield Finding(
        level,
        "name-not-covered",
        words,
        f"{words}: the certificate is not for {clean_line(one.server_name, 100)}, but for {_names(leaf)}",
        f"served on {listed(place(look) for _, look in wrong)}\nnames: {_names(leaf, _NAMES_SHOWN)}",
        suggests=HELPS,
    )


def _unreadable_names(words: str, looks: Sequence[Look]) -> Iterator[Finding]:
    unknown = [one for _, one in looks if one.server_name and not one.chain[0].names_known]
    if unknown:
        yield Finding(
            Level.UNKNOWN,
            "names-unknown",
            words,
            f"{words}: whether the certificate is for {clean_line(unknown[0].server_name, 100)} is not known",
            f"its names could not be read\nserved on {listed(place(one) for one in unknown)}",
        )


def _names(leaf: Certificate, most: int = 2) -> str:
    if not leaf.names:
        return "no name at all"
    return listed(leaf.names[:most], most) + (
        f" (+{leaf.names_total - most})" if leaf.names_total > most else ""
    )


def _names_of_servers(reading: CertificatesReading, file: CertificateFile) -> Iterator[Finding]:
    """Yield the names of server blocks that their certificate is not good for."""
    if file.leaf is None or (file.leaf.is_ca and not file.leaf.names):
        return
    asked = {name: use for use in file.used_by for name in use.names if is_asked(name)}
    if not asked:
        return
    answers = {name: covers_written(file.leaf, name) for name in asked}
    missing = [name for name, good in answers.items() if good is False]
    unknown = [name for name, good in answers.items() if good is None]
    if unknown:
        shown = listed((clean_line(name, 100) for name in unknown), 3)
        words = f"{file.path}: whether the certificate is for {shown} is not known"
        why = f"its names could not be read\n{evidence_of(reading, file)}"
        yield Finding(Level.UNKNOWN, "names-unknown", file.path, words, why)
    if not missing:
        return
    uses = listed(f"{asked[name].server} ({asked[name].place})" for name in missing)
    shown = listed((clean_line(name, 100) for name in missing), 3)
    yield Finding(
        Level.WARNING,
        "name-not-covered",
        file.path,
        f"{file.path}: the certificate is not for {shown}, but for {_names(file.leaf)}",
        f"named by {uses}\nnames: {_names(file.leaf, _NAMES_SHOWN)}\n{evidence_of(reading, file)}",
        suggests=HELPS,
    )


def is_asked(name: str) -> bool:
    """Whether clients from elsewhere ask for such a name of a server block: not `_`, `localhost`, a pattern.

    >>> [is_asked(name) for name in ("www.example.org", "_", "~^www[0-9]+$", "www.example.*", "db1")]
    [True, False, False, False, False]
    """
    if not name or name in _LOCAL_NAMES or name.startswith("~") or name.endswith(".*") or "$" in name:
        return False
    try:
        return not ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return "." in name.strip(".")


def covers_written(leaf: Certificate, name: str) -> bool | None:
    """Return whether a certificate is good for a name as servers write it, such as `.example.org`."""
    if not name.startswith("."):
        return certificate_covers(leaf, name)
    # nginx's `.example.org` means the name itself and all below it.
    both = [certificate_covers(leaf, name[1:]), certificate_covers(leaf, f"*{name}")]
    return False if False in both else None if None in both else True
