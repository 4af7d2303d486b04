"""Checks of the audit trail: whether it can be written, whether it is what it was, who signs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from opsconsole.console import authority
from opsconsole.console.diagnosis import Diagnosis
from opsconsole.console.settings import Settings
from opsconsole.console.writable import full, obstacle
from opsconsole.data.ledger import Ledger, LedgerError
from opsconsole.data.ledger_anchor import anchors_path, has_traces
from opsconsole.data.units import counted
from opsconsole.panels.panel import Level

LEDGER = "ledger"
SIGNING = "signing"


def trail(settings: Settings) -> list[Diagnosis]:
    """Return what the ledger and its signatures are like. It is only looked at, and never made. Blocks."""
    return [*ledger(settings), signing(settings)]


def ledger(settings: Settings) -> Iterator[Diagnosis]:
    """Yield whether the ledger can be written, without which nothing is changed, and what is in it."""
    path = settings.ledger_path
    if path is None:
        yield Diagnosis(Level.WARNING, LEDGER, "there is none, and so nothing can be changed")
        return
    way = obstacle(path, reading=True, beside=True) or obstacle(anchors_path(path), reading=True)
    if way is not None:
        yield Diagnosis(Level.CRITICAL, LEDGER, way.found, way.advice)
        return
    if short := full(path):
        yield Diagnosis(Level.WARNING, LEDGER, short, "make room, or set audit.ledger")
    if has_traces(path):
        yield _found(path)
    else:
        yield Diagnosis(Level.OK, LEDGER, f"{path} is not there yet", "the first plan makes it")


def _found(path: Path) -> Diagnosis:
    try:
        kept = Ledger.read(path)
    except LedgerError as error:
        return Diagnosis(Level.CRITICAL, LEDGER, str(error), "`opsconsole audit verify` says more")
    try:
        events, _ = kept.head()
        signed = kept.last_signed()
    except LedgerError as error:
        return Diagnosis(Level.CRITICAL, LEDGER, str(error))
    finally:
        kept.close()
    if kept.problem:
        return Diagnosis(Level.CRITICAL, LEDGER, kept.problem, "`opsconsole audit verify` says more")
    head = f"signed up to event {signed.seq:,}" if signed else "not signed"
    return Diagnosis(Level.OK, LEDGER, f"{kept.path}: {counted(events, 'event')}, {head}")


def signing(settings: Settings) -> Diagnosis:
    """Return who signs the ledger's heads, or why nobody does. Loads SSH, and may ask the agent."""
    signer, why_not = authority.signer(settings)
    if signer is not None:
        return Diagnosis(Level.OK, SIGNING, f"the ledger's heads are signed by {signer.fingerprint}")
    if settings.signing_key is False:
        return Diagnosis(Level.OK, SIGNING, f"switched off: {why_not}")
    found = f"nobody signs the ledger's heads: {why_not}"
    return Diagnosis(Level.WARNING, SIGNING, found, "add a key to the agent, or set audit.signing_key")
