"""The help screen lists what works, and fits."""

from __future__ import annotations

from typing import ClassVar

import pytest
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from opsconsole.console.tui.help import HelpScreen, keys_by_place


class Below(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/"),
        Binding("space,p", "pause", "Pause [/] new lines"),
        Binding("x", "hidden", show=False),
        Binding("z", "never", "never"),
        *(Binding(f"f{n}", f"extra({n})", f"extra {n}", show=False) for n in range(2, 20)),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool:
        return action != "never"


class Helped(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "quit", "quit")]

    def on_mount(self) -> None:
        self.push_screen(Below())


def shown(app: App[None]) -> str:
    return "\n".join(str(static.content) for static in app.screen.query(Static))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (300, 80)])
async def test_every_key_and_sign_is_listed_and_can_be_reached(size: tuple[int, int]) -> None:
    app = Helped()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await app.push_screen(HelpScreen(keys_by_place(app.screen.active_bindings, app)))
        text = shown(app)
        for part in (
            "space p",
            "pause [/] new lines",
            "/",
            "filter",
            "quit",
            "extra 19",
            "Go to the next part",
        ):
            assert part in text
        for part in ("● ", "▲ ", "○ ", "✓ ", "critical", "warning", "unknown", "stale", "PROD"):
            assert part in text
        assert "never\n" not in text  # a disabled action is no key
        assert text.index("on this screen") < text.index("everywhere") < text.index("moving")
        scroll = app.screen.query_one("#help-scroll")
        for _ in range(20):
            await pilot.press("pagedown")
        await pilot.pause()
        last = app.screen.query(".help-part").last()
        assert scroll.region.contains_region(last.region.intersection(scroll.region))
        assert last.region.bottom <= scroll.region.bottom
        assert app.screen.region.contains_region(app.screen.query_one("#help-foot").region)


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "enter"])
async def test_it_closes(key: str) -> None:
    app = Helped()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await app.push_screen(HelpScreen(keys_by_place(app.screen.active_bindings, app)))
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, Below)
        assert app.is_running


async def test_keys_of_one_action_share_a_row() -> None:
    app = Helped()
    async with app.run_test() as pilot:
        await pilot.pause()
        places = dict(keys_by_place(app.screen.active_bindings, app))
        assert ("space p", "pause [/] new lines") in places["on this screen"]
        assert "x" not in {keys for rows in places.values() for keys, _ in rows}  # it has no description
        everywhere = {what: keys for keys, what in places["everywhere"]}
        assert "q" in everywhere["quit"]
        assert everywhere["Find a command by any part of its name."] == "^p"  # Textual's own key
