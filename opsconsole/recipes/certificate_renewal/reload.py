"""What every driver ends with: configuration test, reload, and proofs at the socket; and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from opsconsole.data.host import Command
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.certificate_renewal.scripts import command
from opsconsole.recipes.certificate_renewal.served import Serving, details
from opsconsole.recipes.recipe import Check, Step, Undo

_WITHIN_SECONDS = 30.0
"""So long may old workers take until new ones answer everywhere; a reload takes under a second."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What a reload is proved with beside the handshakes.

    Attributes:
        url: `https://name[:port]/path` whose answer must be as good as before, or empty: `/` of each target.
        download: `https://…` of something long that is fetched slowly across the reload, or empty. A request
            that is half sent before the reload and ended after it is always made.
    """

    url: str = ""
    download: str = ""


def step(
    serving: Serving, token: str, proofs: Proofs, *, undo: Undo | None = None, name: str = "reload"
) -> Step:
    """Return the step that tests the configuration, reloads every program, and proves it.

    Its files are in place already. Its own undo is nothing: the step that put the files there takes them back
    and calls `again` (see `back`). A driver that changed no file gives an undo of its own.

    Args:
        serving: Who shows the certificates.
        token: Names what the scripts remember on the host.
        proofs: What else is proved.
        undo: Another way back.
        name: The step's name.
    """
    kinds = " and ".join(one.kind for one in serving.programs)
    lines = [*serving.lines, *_asked(serving, proofs)]
    return Step(
        name=name,
        title=f"Test the configuration of {kinds}, reload, and prove what is served",
        commands=(command("reload", token, lines=lines, deadline_seconds=90),),
        effect=f"{len(serving.targets)} handshakes show the new certificate; no connection is dropped",
        check=Check(
            "the file's certificate is served on every address for every name, by new workers; no emergency "
            "in the logs; HTTP answers as before; what was under way ended whole",
            command("reloaded", token, lines=lines, deadline_seconds=60),
            within_seconds=_WITHIN_SECONDS,
        ),
        undo=undo or _nothing(serving, token),
        deadline_seconds=90,
        details=tuple(details(serving)),
    )


def again(serving: Serving, token: str) -> Command:
    """Return the command of an undo that tests the configuration and reloads, after the files are as before.

    A program that already shows what it showed before, or that is not running, is left alone.
    """
    return command("reload_back", token, lines=serving.lines, deadline_seconds=60)


def back(
    serving: Serving,
    token: str,
    *,
    same: Iterable[tuple[str, str]] = (),
    gone: Iterable[str] = (),
    deadline_seconds: float = 60.0,
) -> Check:
    """Return the check of an undo: files are byte for byte as before, and the old certificates are served.

    Args:
        serving: With what was served before in each target.
        token: As of the steps.
        same: (path, its copy below the folder of copies): alike in content, kind, owner and mode.
        gone: Paths that must not be there.
        deadline_seconds: Of the command.
    """
    lines = [*serving.lines]
    lines += [f"same {escaped(path)} {escaped(copy)}" for path, copy in same]
    lines += [f"gone {escaped(path)}" for path in gone]
    return Check(
        "the files are as before, byte for byte, and the certificates that were served are served",
        command("as_before", token, lines=lines, deadline_seconds=deadline_seconds),
        within_seconds=_WITHIN_SECONDS,
    )


def _nothing(serving: Serving, token: str) -> Undo:
    return Undo(
        "nothing: taking back the files reloads once more",
        (command("nothing"),),
        Check("the programs run", command("running", token, lines=serving.lines), within_seconds=10),
    )


def _asked(serving: Serving, proofs: Proofs) -> Sequence[str]:
    """Return the addresses to ask over HTTP, as the scripts read them: where they are served, if known."""
    lines = []
    for word, url in (("http", proofs.url), ("download", proofs.download)):
        if url:
            parts = urlsplit(url)
            name, port = (parts.hostname or "").lower(), parts.port or 443
            at = next((one.address for one in serving.targets if (one.name, one.port) == (name, port)), name)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            lines.append(f"{word} {at} {port} {name} {escaped(path)}")
    return lines


def no_servers() -> Serving:
    """Return nobody: for a check of files alone."""
    return Serving()
