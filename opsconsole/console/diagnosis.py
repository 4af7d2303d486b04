"""What `opsconsole doctor` says of one thing that it looked at."""

from __future__ import annotations

from dataclasses import dataclass

from opsconsole.panels.panel import Level


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing looked at.

    Attributes:
        level: OK, WARNING (works, but look), CRITICAL (will not work) or UNKNOWN (could not tell).
        subject: What was looked at.
        found: What was found.
        advice: What to do; empty when it is well.
    """

    level: Level
    subject: str
    found: str
    advice: str = ""
