"""Findings that must hold for a while before they count.

A limit such as `CPU > 80 % for 15 min` is a condition plus a duration. The judge states the condition
(`Finding.for_seconds`); a `Holds` remembers when each began, as Prometheus does with `for:`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from opsconsole.panels.panel import Finding


class Holds:
    """The memory of one host's one panel: since when each finding has been true without a break."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, str, int], datetime] = {}

    def settle(self, findings: Iterable[Finding], now: datetime, *, at_once: bool = False) -> list[Finding]:
        """Return the findings that have held long enough, worst first, each rule and subject only once.

        Args:
            findings: What the judge says now.
            now: The time of the reading.
            at_once: Take every duration as zero, as a one-shot check must.
        """
        current: dict[tuple[str, str, int], datetime] = {}
        settled: dict[tuple[str, str], Finding] = {}
        for finding in findings:
            key = (finding.rule, finding.subject, finding.level)
            since = self._since.get(key) or finding.since or now
            current[key] = since
            held = (now - since).total_seconds() >= finding.for_seconds
            if not (at_once or held):
                continue
            known = settled.get(key[:2])
            if known is None or finding.level > known.level:
                settled[key[:2]] = finding if finding.since else replace(finding, since=since)
        self._since = current
        return sorted(settled.values(), key=lambda finding: (-finding.level, finding.rule, finding.subject))
