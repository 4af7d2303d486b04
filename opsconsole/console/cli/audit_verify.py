"""`opsconsole audit verify`: the chain computed anew, held against signatures, anchors and echoes."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from opsconsole.console.cli.reach import Reach
    from opsconsole.console.inventory import Inventory
    from opsconsole.console.settings import Settings
    from opsconsole.data.ledger import Verification
    from opsconsole.data.ledger_echo import Echo

HOST_SECONDS = 45.0


def run_verify(args: argparse.Namespace, settings: Settings, inventory: Inventory) -> int:
    """Verify, print, and return 0 when all is what was written, 1 when not.

    Raises:
        LedgerError: There is no ledger.
    """
    from opsconsole.console.cli.printing import print_json, print_lines
    from opsconsole.console.ssh.signing import check_signature
    from opsconsole.data.ledger_verify import verify

    path = settings.ledger_path
    if path is None:
        raise AssertionError
    echoes: dict[str, list[Echo]] = {}
    answers: dict[str, str] = {}
    if not args.offline:
        echoes, answers = asyncio.run(_ask(path, settings, inventory))
    found = verify(path, check=check_signature, signers=args.signer, echoes=echoes)
    if args.json:
        print_json(document(found, answers))
    else:
        print_lines(lines(found, answers))
    return 0 if found.intact else 1


def document(found: Verification, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return the verify document (see `schemas/audit-verify.schema.json`)."""
    signed = None
    if found.signed is not None and found.signed.signature is not None:
        signed = {
            "event": found.signed.seq,
            "at": found.signed.at.isoformat(),
            "fingerprint": found.signed.signature.fingerprint,
        }
    return {
        "version": 1,
        "ledger": str(found.path),
        "ledger_id": found.ledger_id,
        "intact": found.intact,
        "events": found.events,
        "head": found.head,
        "first_bad": found.first_bad,
        "problems": [{"event": problem.seq, "text": problem.text} for problem in found.problems],
        "notes": list(found.notes),
        "signed": signed,
        "signatures": found.signatures,
        "echoes": found.echoes,
        "hosts": dict(answers),
    }


def lines(found: Verification, answers: Mapping[str, str]) -> Iterator[str]:
    """Yield what was found, for a person."""
    from opsconsole.data.ledger_words import verification_words

    yield verification_words(found)
    for problem in found.problems:
        yield f"  ✗ {problem.text}"
    if found.echoes:
        yield f"  ✓ {found.echoes:,} echoes of hosts agree"
    for note in found.notes:
        yield f"  · {note}"
    for host, trouble in answers.items():
        if trouble:
            yield f"  · {host} could not be asked for its echoes: {trouble}"
    yield f"  {found.path}"


async def _ask(
    path: Path, settings: Settings, inventory: Inventory
) -> tuple[dict[str, list[Echo]], dict[str, str]]:
    """Ask every host that was ever sent an echo; return the echoes, and why there are none."""
    from opsconsole.console.cli.reach import Reach
    from opsconsole.data.ledger import Ledger, LedgerError

    try:
        ledger = Ledger.read(path)
    except LedgerError:
        return {}, {}  # `verify` says what is wrong with it
    try:
        names = ledger.echoed_hosts()
    except LedgerError:
        return {}, {}
    finally:
        ledger.close()
    answers = {name: "it is not in the inventory" for name in names if not _knows(inventory, name)}
    wanted = [name for name in names if name not in answers]
    reach = Reach(settings, inventory)
    try:
        found = await asyncio.gather(*(_echoes(reach, name) for name in wanted))
    finally:
        await reach.close()
    echoes = {}
    for name, (remembered, trouble) in zip(wanted, found, strict=True):
        answers[name] = trouble
        if not trouble:
            echoes[name] = remembered
    return echoes, answers


def _knows(inventory: Inventory, name: str) -> bool:
    try:
        inventory.host(name)
    except KeyError:
        return False
    return True


async def _echoes(reach: Reach, name: str) -> tuple[list[Echo], str]:
    from opsconsole.data.host import ShellError
    from opsconsole.data.ledger_echo import read_command, read_echoes
    from opsconsole.data.text import clean_line

    try:
        async with asyncio.timeout(HOST_SECONDS):
            await reach.connect(name)
            shell = reach.shell(name)
            facts = await shell.facts()
            output = await shell.run(read_command(sudo=facts.sudo_ready and facts.user_id != 0))
    except TimeoutError:
        return [], f"no answer within {HOST_SECONDS:.0f} s"
    except (ShellError, OSError, RuntimeError) as error:
        return [], clean_line(str(error), 200) or type(error).__name__
    if not output.ok:
        return [], clean_line(output.stderr, 200) or f"exit status {output.exit_status}"
    return list(read_echoes(output.stdout)), ""
