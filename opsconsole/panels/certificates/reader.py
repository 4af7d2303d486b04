"""Puts what one host said together into a reading: its configuration, its files, and what was served."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from opsconsole.data.certbot import Lineage
from opsconsole.data.logrotate_rule import is_glob, matches
from opsconsole.panels.certificates import parse_files, parse_host, parse_renewers
from opsconsole.panels.certificates.files_command import Wanted
from opsconsole.panels.certificates.observed import Observed
from opsconsole.panels.certificates.parse_files import Answer, Seen
from opsconsole.panels.certificates.parse_host import HostSaid, Named
from opsconsole.panels.certificates.reading import (
    CONFIGURED,
    CertificateFile,
    CertificatesReading,
    Endpoint,
    KeyFile,
    Note,
    Renewer,
    Use,
)
from opsconsole.panels.frames import parts, shown_path
from opsconsole.panels.panel import SectionOutput

if TYPE_CHECKING:
    from opsconsole.data.tls.certificate import Certificate
    from opsconsole.data.tls.trust import Roots

_ENDED_BY_US = 124
_SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class _Looks:
    """What was seen from outside, each part until it is looked at again."""

    configured: tuple[Endpoint, ...] | None = None
    found: tuple[Endpoint, ...] | None = None
    endpoints_taken_at: datetime | None = None
    clock_skew_seconds: float | None = None
    answer: Answer | None = None
    named: tuple[Named, ...] = ()
    lineages: tuple[Lineage, ...] = ()
    patterns: tuple[str, ...] = ()
    files_taken_at: datetime | None = None
    roots: Roots | None = None
    problems: tuple[Note, ...] = ()
    file_problems: tuple[Note, ...] = ()


class CertificatesReader:
    """One host's reader; see `panel.Reader`."""

    def __init__(self) -> None:
        self._said: HostSaid | None = None
        self._renewers: tuple[Renewer, ...] | None = None
        self._unread: tuple[Note, ...] = ()
        self._looks = _Looks()

    def series(self, reading: CertificatesReading) -> Mapping[str, float]:
        """Return the days left of the certificate that ends first, of those in use."""
        end = reading.soonest_end
        if end is None:
            return {}
        return {"certificate_days_left": (end - reading.taken_at).total_seconds() / _SECONDS_PER_DAY}

    def read(
        self, sections: Mapping[str, SectionOutput], taken_at: datetime, observed: object | None = None
    ) -> CertificatesReading:
        """Return the reading with these new parts in it; each replaces the one before it wholly."""
        if "host" in sections:
            self._read_host(sections["host"])
        if isinstance(observed, Observed):
            self._look(observed, taken_at)
        return self._reading(taken_at)

    def _read_host(self, output: SectionOutput) -> None:
        found = parts(output.text)
        who = found.get("who")
        if who is None or who.status is None:
            late = output.exit_status == _ENDED_BY_US
            why = "it did not end in time" if late else "the host sent nothing that can be read"
            self._unread = (Note("certificates of the host", why),)  # what was known stays, and grows old
            return
        said = parse_host.read(found)
        unread = list(said.unread)
        self._renewers = parse_renewers.renewers(found, said, unread)
        self._said, self._unread = said, tuple(unread)

    def _look(self, seen: Observed, taken_at: datetime) -> None:
        looks = self._looks
        if seen.files is not None:
            answer = parse_files.read(seen.files)
            problems = seen.problems
            if not answer.whole:
                problems = (*problems, Note("certificate files", "the host's answer was cut"))
            looks = replace(
                looks,
                answer=answer,
                named=self._said.named if self._said else (),
                lineages=(self._said.lineages or ()) if self._said else (),
                patterns=seen.configured,
                files_taken_at=taken_at,
                file_problems=problems,
            )
        elif seen.found_endpoints is None:  # the look from outside, with the clock
            skew = seen.clock_skew_seconds
            looks = replace(looks, problems=seen.problems, clock_skew_seconds=skew, roots=seen.roots)
        if seen.endpoints is not None:
            looks = replace(looks, configured=seen.endpoints)
        if seen.found_endpoints is not None:
            looks = replace(looks, found=seen.found_endpoints)
        if seen.endpoints is not None or seen.found_endpoints is not None:
            looks = replace(looks, endpoints_taken_at=seen.endpoints_taken_at or taken_at)
        self._looks = looks

    def _reading(self, taken_at: datetime) -> CertificatesReading:
        said, looks = self._said, self._looks
        endpoints = None
        if looks.configured is not None or looks.found is not None:
            endpoints = (*(looks.configured or ()), *(looks.found or ()))
        files = None if looks.answer is None else self._files(looks.answer)
        return CertificatesReading(
            taken_at,
            files=files,
            files_taken_at=looks.files_taken_at,
            endpoints=endpoints,
            endpoints_taken_at=looks.endpoints_taken_at,
            renewers=self._renewers,
            lineages=said.lineages if said else None,
            servers=said.servers if said else (),
            is_root=said.is_root if said else None,
            clock_skew_seconds=looks.clock_skew_seconds,
            roots=looks.roots,
            notes=said.notes if said else (),
            unread=(*self._unread, *looks.problems, *looks.file_problems),
            wanted=_wanted(said.named) if said else (),
        )

    def _files(self, answer: Answer) -> tuple[CertificateFile, ...]:
        named: dict[str, list[Named]] = {}
        for one in self._looks.named:
            named.setdefault(one.path, []).append(one)
        kept = self._looks.lineages
        lineages = {path: one for one in kept for path in (one.fullchain, one.certificate) if path}
        made = []
        told = set()
        for path, seen in answer.files.items():
            # Of HAProxy a folder may be named; what lies in it is named so.
            place = path if path in named else posixpath.dirname(path)
            by = named.get(place, [])
            told.add(place)
            patterns = [one for one in self._looks.patterns if matches(one, path)]
            if not by and (seen.state == "broken" or seen.path.endswith((".key", "privkey.pem"))):
                patterns = [one for one in patterns if one == path]  # a pattern means keys and others too
            if by or patterns:
                made.append(self._file(seen, by, answer, lineages.get(path), configured=bool(patterns)))
        for path in named.keys() - told:
            seen = Seen(path, "unknown", "it was not read")
            made.append(self._file(seen, named[path], answer, lineages.get(path), configured=False))
        return tuple(sorted(made, key=lambda one: one.path))

    def _file(
        self,
        seen: Seen,
        by: Sequence[Named],
        answer: Answer,
        lineage: Lineage | None,
        *,
        configured: bool,
    ) -> CertificateFile:
        certificates, chain_path, why = seen.certificates, "", seen.why
        for path in dict.fromkeys(one.chain for one in by if one.chain):
            chain_path = shown_path(path)
            chain = answer.files.get(path)
            if chain is not None and chain.certificates:
                certificates = (*certificates, *chain.certificates)
            else:
                why = why or f"its chain {chain_path}: {chain.why if chain else 'it was not read'}"
        found_by = dict.fromkeys(one.by for one in by) | ({CONFIGURED: None} if configured else {})
        uses: tuple[Use, ...] = tuple(dict.fromkeys(one.use for one in by if one.use is not None))
        return CertificateFile(
            path=shown_path(seen.path),
            kind=seen.kind,
            state=seen.state,
            certificates=certificates,
            error=why,
            password_needed=seen.password_needed,
            keys=tuple(_matched(key, certificates) for key in _keys(seen, by, answer, lineage)),
            used_by=uses,
            found_by=tuple(found_by),
            lineage=lineage,
            renewer=self._renewer(lineage, seen.path),
            chain_path=chain_path,
            target=shown_path(seen.target) if seen.target else "",
            modified_at=seen.modified_at,
        )

    def _renewer(self, lineage: Lineage | None, path: str) -> Renewer | None:
        """Return who renews a file: of the tool that keeps it, one that works before one that does not."""
        acme = self._said is not None and path in self._said.acme
        if self._renewers is None or (lineage is None and not acme):
            return None
        tool = "certbot" if lineage is not None else "acme.sh"
        mine = [one for one in self._renewers if one.tool == tool]
        return min(
            mine, key=lambda one: {True: 0, None: 1, False: 2}[one.works], default=parse_renewers.NOBODY
        )


def _keys(seen: Seen, by: Sequence[Named], answer: Answer, lineage: Lineage | None) -> list[KeyFile]:
    """Return each key that is named for a file, once: one in it or beside it, and those of its servers."""
    found = {seen.key.path: seen.key} if seen.key else {}
    for path in dict.fromkeys(one.key for one in by if one.key and not _is_bundle(one)):
        key = answer.keys.get(path) or KeyFile(shown_path(path), "unknown", why="it was not read")
        found.setdefault(key.path, key)
    if not found and lineage is not None and lineage.key in answer.keys:
        return [answer.keys[lineage.key]]
    return list(found.values())


def _matched(key: KeyFile, certificates: Sequence[Certificate]) -> KeyFile:
    if not certificates or key.public_key_sha256 is None:
        return key
    return replace(key, matches=certificates[0].public_key_sha256 == key.public_key_sha256)


def _is_bundle(one: Named) -> bool:
    """Whether certificate and key are one thing to HAProxy: a file, a file beside it, or a folder of such."""
    return one.by == "haproxy" and one.key == one.path


def _wanted(named: Sequence[Named]) -> tuple[Wanted, ...]:
    """Return the files to read; those that one file of the configuration names twice once."""
    wanted: dict[Wanted, None] = {}
    for one in named:
        if _is_bundle(one):
            wanted[Wanted(one.path, "bundle")] = None
            continue
        wanted[Wanted(one.path, "certificate")] = None
        if one.chain:
            wanted[Wanted(one.chain, "certificate")] = None
        if one.key:
            wanted[Wanted(one.key, "key")] = None
    return tuple(wanted)


def configured(paths: Sequence[str]) -> tuple[Wanted, ...]:
    """Return the files of the configuration as the host is asked for them."""
    return tuple(Wanted(path, "glob" if is_glob(path) else "certificate") for path in paths)
