"""Which server blocks have a certificate of each kind of key, so that each can be asked for. Pure."""

from __future__ import annotations

from opsconsole.data.tls.key_kinds import KeyKind, kind_of
from opsconsole.panels.certificates.reading import CertificateFile, Use

_KINDS: tuple[KeyKind, ...] = ("RSA", "EC")


class Blocks:
    """The server blocks that answer at one address to one name, with the files that each is to show."""

    def __init__(self) -> None:
        self._files: dict[str, CertificateFile] = {}
        self._blocks: dict[str, dict[str, CertificateFile]] = {}

    def add(self, use: Use, file: CertificateFile) -> None:
        """Note that a block is to show a file."""
        self._files.setdefault(file.path, file)
        # Of a block that is not known no two files are known to be of the same one.
        self._blocks.setdefault(use.block or use.place, {}).setdefault(file.path, file)

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, in the order in which they came."""
        return tuple(self._files)

    def by_kind(self) -> dict[KeyKind, tuple[str, ...]]:
        """Return the files of each kind of key; empty: they are not to be told apart.

        Only where every block has both kinds: which of several blocks answers is for the server to say, and
        of one that has no certificate of a kind nobody may ask for it. A file that could not be read may be
        of either kind, and is expected with both.
        """
        kinds = {path: _kind(file) for path, file in self._files.items()}
        for files in self._blocks.values():
            if {kinds[path] for path in files} - {""} != set(_KINDS):
                return {}
        return {
            wanted: tuple(path for path, kind in kinds.items() if kind in (wanted, "")) for wanted in _KINDS
        }


def _kind(file: CertificateFile) -> KeyKind | None:
    """Return the kind of a file; empty: it could not be read; None: one that nobody is asked for."""
    return "" if file.leaf is None else kind_of(file.leaf)
