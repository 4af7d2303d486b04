"""`esc` typed right before another key is `esc`, however close the two arrive.

A terminal sends `alt` and a key as escape and the key, and Textual takes the two, when they come together,
for `alt`: of `esc` and `enter`, which a bad link brings in one packet, `esc` is lost, and `enter` says Yes to
what `esc` had declined. No key of the console has `alt`, so that here an escape is one unless what follows it
begins a sequence of the terminal's own.

Of what is pasted, escapes are left out: Textual would take what stands behind one for keys that were typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

# What goes on after an escape: CSI, SS2, SS3, the control strings of ECMA-48 and their end, another escape.
_GOES_ON = r"\x1b\[NOPX\]^_\\"
_BEHIND_AN_ESCAPE = re.compile(rf"(?<=\x1b)(?=[^{_GOES_ON}])")
_GOING_ON = re.compile(rf"[{_GOES_ON}]")
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_PASTE_MARKS = re.compile(r"(\x1b\[20[01]~)")
_MARK_CUT_OFF = re.compile(r"\x1b(?:\[(?:2(?:0(?:1)?)?)?)?\Z")


class EscapeParser(XTermParser):
    """Textual's parser of what a terminal sends, without `alt`, and without keys in what is pasted."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._escaped = False
        self._pasting = False
        self._held = ""

    def feed(self, data: str) -> Iterable[Message]:
        """Parse what came; see `Parser.feed`."""
        data, self._held = self._held + data, ""
        for part in _PASTE_MARKS.split(data) if data else [""]:  # nothing at all is the end
            if part in {_PASTE_BEGINS, _PASTE_ENDS}:
                self._pasting, self._escaped = part == _PASTE_BEGINS, False
                yield from super().feed(part)
            elif self._pasting:
                yield from self._feed_pasted(part)
            elif part or not data:
                yield from self._feed_keys(part)

    def _feed_pasted(self, text: str) -> Iterable[Message]:
        """Parse a piece of what is pasted: behind an escape in it, the rest would be taken for keys."""
        if cut_off := _MARK_CUT_OFF.search(text):
            text, self._held = text[: cut_off.start()], cut_off[0]
        if text := text.replace("\x1b", ""):
            yield from super().feed(text)

    def _feed_keys(self, data: str) -> Iterable[Message]:
        for piece in _BEHIND_AN_ESCAPE.split(data):
            if self._escaped and not _GOING_ON.match(piece) and self._timeout_time is not None:
                self._timeout_time = 0.0  # nothing more belongs to it
                yield from self.tick()
            yield from super().feed(piece)
            self._escaped = piece.endswith("\x1b")


def install() -> None:
    """Have the terminal's driver take this parser; it makes its own, and takes no other."""
    vars(linux_driver)["XTermParser"] = EscapeParser
