"""What a terminal sends for `esc` and another key, in one packet or in several."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver

from opsconsole.console.tui import escape
from opsconsole.console.tui.escape import EscapeParser


def keys(*packets: str, parser: XTermParser | None = None) -> list[str]:
    """Return the keys that these packets are, as the driver would; the last escape is not waited for."""
    parser = parser or EscapeParser()
    found = [event for packet in packets if packet for event in parser.feed(packet)]
    if parser._timeout_time is not None:
        parser._timeout_time = 0.0
        found += parser.tick()
    return [event.key for event in found if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("packets", "expected"),
    [
        (["\x1b\r"], ["escape", "enter"]),
        (["\x1b", "\r"], ["escape", "enter"]),
        (["y\x1b\r"], ["y", "escape", "enter"]),
        (["\x1bjk"], ["escape", "j", "k"]),
        (["\x1b", "j", "\x1b", "k"], ["escape", "j", "escape", "k"]),
        (["\x1b:q\r"], ["escape", "colon", "q", "enter"]),
        (["\x1b/web\x1b"], ["escape", "slash", "w", "e", "b", "escape"]),
        (["\x1b\x1b"], ["escape", "escape"]),
        (["\x1b\x1b\r"], ["escape", "escape", "enter"]),
        (["\x1b[A\x1b[Z\x1bOP"], ["up", "shift+tab", "f1"]),
        (["\x1b", "[A"], ["up"]),
        (["\x1b[", "A"], ["up"]),
        (["\x1b\x1b[A"], ["escape", "up"]),
        (["\x1b[200~a\x1b\rb\x1b[201~\r\x1b[A"], ["enter", "up"]),
        (["\x1b[200~a\x1b", "\r\x1bj", "b\x1b[201~", "\x1b\r"], ["escape", "enter"]),
        (["\x1b[?2026;2$yj"], ["j"]),
    ],
)
def test_escape_is_a_key_of_its_own(packets: Sequence[str], expected: Sequence[str]) -> None:
    assert keys(*packets) == expected


@given(st.text(alphabet="\x1b[]OP~;:0129AMZjq\r\t\\\x00é", max_size=30), st.integers(0, 30))
def test_whatever_comes_and_however_it_is_cut_is_parsed(data: str, cut: int) -> None:
    keys(data[:cut], data[cut:])


@given(st.text(alphabet="[]OP~;:0129AMZjq\r\t\\é", max_size=30))
def test_without_an_escape_nothing_is_different(data: str) -> None:
    assert keys(data) == keys(data, parser=XTermParser())


@pytest.mark.parametrize("size", range(1, 12))
def test_what_is_pasted_is_no_key_however_it_is_cut(size: int) -> None:
    data = "\x1b[200~y\x1b\ry\x1b[Aq\x1bqü\x1b[201~\x1b\r"
    parser = EscapeParser()
    first, rest = data[:6], data[6:]
    found = list(parser.feed(first))
    for start in range(0, len(rest), size):
        found += parser.feed(rest[start : start + size])
    assert [event.text for event in found if isinstance(event, events.Paste)] == ["y\ry[Aqqü"]
    assert [event.key for event in found if isinstance(event, events.Key)] == ["escape", "enter"]


def test_the_driver_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_driver, "XTermParser", linux_driver.XTermParser)
    escape.install()
    assert linux_driver.XTermParser is EscapeParser
