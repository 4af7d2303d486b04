"""What a terminal would show after some bytes: just enough of one to read Textual's output back."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    r"\x1b\[([?<=>]?)([0-9;]*)[ !$']?([@-~])|\x1b[PX^_\]].*?(?:\x07|\x1b\\)|\x1b[@-Z\\-_=>]", re.DOTALL
)
_UNFINISHED = re.compile(r"\x1b(?:\[[?<=>]?[0-9;]*|[PX^_\]][^\x07]*)?$")


class Screen:
    """A grid of characters and background colours; a wide character counts as one cell."""

    def __init__(self, columns: int, lines: int) -> None:
        self._columns, self._lines = columns, lines
        self._text = [[" "] * columns for _ in range(lines)]
        self._ground = [[""] * columns for _ in range(lines)]
        self._x = self._y = 0
        self._colour = ""
        self._rest = b""
        self._held = ""

    def feed(self, data: bytes) -> None:
        """Take in some output, which may end in the midst of a character or of a sequence."""
        data = self._rest + data
        text = data.decode("utf-8", "ignore")
        self._rest = _cut_character(data)
        text = self._held + text
        self._held = ""
        if (unfinished := _UNFINISHED.search(text)) is not None:
            text, self._held = text[: unfinished.start()], unfinished[0]
        at = 0
        for found in _SEQUENCE.finditer(text):
            self._print(text[at : found.start()])
            self._obey(found[1] or "", found[2] or "", found[3] or "")
            at = found.end()
        self._print(text[at:])

    def line(self, y: int) -> str:
        """Return a line's text."""
        return "".join(self._text[y])

    def lines(self) -> list[str]:
        """Return all lines' text."""
        return [self.line(y) for y in range(self._lines)]

    def ground(self, x: int, y: int) -> str:
        """Return the background colour of a cell, as it was asked for; empty: the terminal's own."""
        return self._ground[y][x]

    def _print(self, text: str) -> None:
        for character in text:
            if character == "\r":
                self._x = 0
            elif character == "\n":
                self._x, self._y = 0, min(self._y + 1, self._lines - 1)
            elif character >= " " and self._x < self._columns:
                self._text[self._y][self._x] = character
                self._ground[self._y][self._x] = self._colour
                self._x += 1

    def _obey(self, private: str, parameters: str, final: str) -> None:
        if private:
            return
        if final in "Hf":
            line, _, column = parameters.partition(";")
            self._y = min(max(int(line or 1) - 1, 0), self._lines - 1)
            self._x = min(max(int(column or 1) - 1, 0), self._columns - 1)
        elif final == "J":
            self._text = [[" "] * self._columns for _ in range(self._lines)]
            self._ground = [[""] * self._columns for _ in range(self._lines)]
        elif final == "m":
            self._style(parameters.split(";"))

    def _style(self, codes: list[str]) -> None:
        at = 0
        while at < len(codes):
            code = codes[at]
            if code in {"38", "48"}:  # 38;2;R;G;B or 38;5;N, 48 is the background
                length = 5 if codes[at + 1 : at + 2] == ["2"] else 3
                if code == "48":
                    self._colour = ";".join(codes[at : at + length])
                at += length
                continue
            if code in {"", "0", "49"}:
                self._colour = ""
            at += 1


def _cut_character(data: bytes) -> bytes:
    """Return the bytes of a character that is not whole yet."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[-back:] if back < length else b""
        if byte < 0x80:
            return b""
    return b""
