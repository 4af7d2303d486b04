"""The Plan screen: all that will happen, exact and bounded, and nothing of it can harm the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from console_pilot import cells, until, until_shown
from fake_runs import SCRIPT, a_plan, a_step, irreversible
from hypothesis import given, settings
from hypothesis import strategies as st
from recipe_pilot import (
    HOSTILE,
    PlanScreen,
    PlansScreen,
    RecipeForm,
    a_fleet,
    catalogue,
    recipe_console,
    shows,
    text_of,
    to_form,
    to_plan,
)

from opsconsole.console.commands_shown import visible
from opsconsole.console.tui.help import HelpScreen
from opsconsole.console.tui.recipe_plan import DetailsScreen
from opsconsole.console.tui.recipe_plan_lines import DetailLines, plan_lines, plan_text
from opsconsole.console.tui.rows_view import Line, RowsView
from opsconsole.data.host import Command
from opsconsole.data.text import clean
from opsconsole.recipes.recipe import Plan, PlanError, Undo
from tests.work import lines_run

_ = catalogue  # a fixture that every test uses

DIFF = "--- /etc/a\n+++ /etc/a\n@@ -1,2 +1,2 @@\n /var/log/orders {\n-  weekly\n+  daily"


def shown(plan: Plan, *toggled: str) -> str:
    return "\n".join(f"{line.mark[0]}{line.text}" for line in plan_lines(plan, toggled))


def test_each_step_has_its_commands_effect_proof_and_way_back() -> None:
    text = shown(a_plan())
    for words in (
        "frees about 11.8 GiB of /var (94 % → 71 %)",
        "risk: reversible: each step can be undone",
        "▲/var has 0 inodes free",
        "1rotate app logs   9.2 GiB → 1.1 GiB",
        "predicted · undo: rename back · ended after 5m",
        "$sudo logrotate -v /etc/logrotate.d/orders",
        "proof: orders.service writes to the new inode",
    ):
        assert words in " ".join(text.replace(" $", "$").replace(" ▲", "▲").replace("  1", "1").split(" ")), (
            words
        )
    opened = shown(a_plan(), "check:rotate", "undo:rotate")
    assert "stat /var/log/orders" in opened
    assert "mv a b" in opened
    assert "test -e b" in opened


def test_no_way_back_opaque_and_the_dead_man_are_said() -> None:
    plan = irreversible()
    assert "IRREVERSIBLE: step 2" in shown(plan)
    assert "no undo: deleted" in shown(plan)
    risky = a_step(predicted=False, dead_man_seconds=120.0)
    text = shown(a_plan(steps=(risky,)))
    assert "opaque: a program of the host decides" in text
    assert "can cut us off: the host undoes it by itself after 2m" in text


def test_a_diff_is_open_and_coloured_and_folds() -> None:
    plan = a_plan(steps=(a_step("dropin", diff=DIFF),))
    looks = {line.text: line.pieces[0][1] for line in plan_lines(plan)}
    assert looks["-  weekly"] == "removed"
    assert looks["+  daily"] == "added"
    assert looks["@@ -1,2 +1,2 @@"] == "accent"
    assert "weekly" not in shown(plan, "diff:dropin")


def test_secrets_in_the_plan_are_not_there() -> None:
    from opsconsole.recipes.recipe import HIDDEN, secret_mark

    step = a_step(commands=(Command(("tee", "f"), stdin=secret_mark("token") + b"\nrest"),))
    text = shown(a_plan(steps=(step,), parameters={"token": HIDDEN}), "facts", "stdin:cmd:rotate:0")
    assert 'token = "•••"' in text
    assert "•••\n" in text
    assert "opsconsole-secret" not in text


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_whatever_a_host_says_the_lines_are_clean(word: str) -> None:
    steps = (a_step(word=word, details=(word,) * 9, diff=word), a_step("x", undo=None, irreversible=word))
    plan = a_plan(word=word, steps=steps, facts={word: word}, parameters={"p": [word]})
    every = {line.key for line in plan_lines(plan)}
    for toggled in (set(), every):
        for line in plan_lines(plan, toggled):
            for text in (line.text, line.mark[0]):
                assert clean(text, len(text) + 1) == text
                assert "\n" not in text


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_a_detail_is_one_clean_line(detail: str) -> None:
    text = visible(detail)
    assert clean(text, len(text) + 1) == text
    assert "\n" not in text


async def test_the_screen_says_which_plan_and_how_old_its_facts_are() -> None:
    async with recipe_console(a_fleet()) as (_app, pilot, runs):
        screen = await to_plan(pilot, "db1")
        title = text_of(pilot).splitlines()[0]
        assert "log-rotation on db1   PROD " in title
        assert f"plan {screen.plan.plan_id}" in title
        assert "facts read 0s ago" in title
        await until_shown(pilot, "facts read 1s ago")
        await until_shown(pilot, "r runs it: asks to type db1 (db1 is production)")
        assert runs.calls == []


async def test_enter_unfolds_a_script_and_c_copies_it_whole() -> None:
    source = a_fleet()
    step = a_step(commands=(Command(("sh", "-c", SCRIPT, "sh", "/var/log/a b.log")),))
    source.runs.plans["web1"] = a_plan("web1", steps=(step,))
    async with recipe_console(source) as (app, pilot, _runs):
        screen = await to_plan(pilot)
        await until_shown(pilot, "$ sh -c ‹script, 4 lines› sh '/var/log/a b.log'")
        screen.rows.put_cursor(
            next(n for n, line in enumerate(screen.rows.lines) if line.key == "cmd:rotate:0")
        )
        await pilot.press("c")
        assert app.clipboard == f"sh -c '{SCRIPT}' sh '/var/log/a b.log'"
        await pilot.press("enter")
        await until_shown(pilot, 'gzip -9 -- "$f"')
        await pilot.press("j", "j", "enter")  # from within it folds again
        await until_shown(pilot, "‹script, 4 lines›")
        await pilot.press("C")
        assert app.clipboard.startswith("log-rotation on web1, plan ")
        assert 'gzip -9 -- "$f"' in app.clipboard


async def test_ten_thousand_details_open_at_once_and_are_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = DetailLines.line

    def noting(shown: DetailLines, at: int) -> Line:
        made.append(at)
        return real(shown, at)

    source = a_fleet()
    details = tuple(f"/var/log/app/{n:05}.log  {n} KiB  40 d" for n in range(10_000))
    source.runs.plans["web1"] = a_plan("web1", steps=(a_step(details=details),))
    async with recipe_console(source) as (app, pilot, _runs):
        screen = await to_plan(pilot)
        await until_shown(pilot, "… 9,997 more  enter lists all")
        screen.rows.put_cursor(
            next(n for n, line in enumerate(screen.rows.lines) if line.key == "details:rotate")
        )
        monkeypatch.setattr(DetailLines, "line", noting)
        await pilot.press("enter")
        await shows(pilot, DetailsScreen)
        await until_shown(pilot, "10,000 in all")
        await pilot.press("G")
        await until_shown(pilot, "/var/log/app/09999.log")
        assert 9_999 in made
        assert 5_000 not in made
        assert len(set(made)) < 200, "only what is on the screen is made"
        await pilot.press("k", "c")
        assert app.clipboard == details[-2]
        await pilot.press("g")
        await until_shown(pilot, "/var/log/app/00000.log")
        await pilot.press("escape")
        assert (await shows(pilot, PlanScreen)) is screen


def test_two_hundred_thousand_details_cost_nothing_until_they_are_looked_at() -> None:
    details = Watched(f"/var/log/{n}" for n in range(200_000))
    plan = a_plan(steps=(a_step(details=details),))
    few = a_plan(steps=(a_step(details=Watched(details[:10])),))
    plan_lines(few)  # what is made at the first call only
    details.handed_out = 0
    assert lines_run(lambda: plan_lines(plan)) == lines_run(lambda: plan_lines(few))
    assert details.handed_out == 3
    assert len(plan_lines(plan)) < 40


class Watched(tuple[str, ...]):
    """Texts, and how many of them were handed out."""

    handed_out = 0

    def __iter__(self) -> Iterator[str]:
        for at in range(len(self)):
            yield self[at]

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        self.handed_out += len(found) if isinstance(index, slice) else 1
        return found


async def test_the_keys_of_vim_move_and_long_lines_fold() -> None:
    source = a_fleet()
    steps = tuple(a_step(f"s{n}", word=" " + "x" * 200) for n in range(30))
    source.runs.plans["web1"] = a_plan("web1", steps=steps)
    async with recipe_console(source, size=(80, 24)) as (_app, pilot, _runs):
        screen = await to_plan(pilot)
        rows = screen.rows
        await pilot.press("j", "j", "k")
        assert rows.cursor == 1
        await pilot.press("G")
        await until(pilot, lambda: rows.cursor == len(rows.lines) - 1 and rows.scroll_y == rows.max_scroll_y)
        await pilot.press("g")
        await until(pilot, lambda: rows.cursor == 0 and rows.scroll_y == 0)
        # A folded line is there in full: nothing of a command is cut off at the edge.
        await pilot.press("j", *["j"] * 7)
        assert text_of(pilot).replace("\n", "").replace(" ", "").count("x" * 200) >= 1


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
@pytest.mark.parametrize("theme", ["opsconsole-dark", "opsconsole-light"])
async def test_it_fits_and_the_keys_are_told(size: tuple[int, int], theme: str) -> None:
    source = a_fleet(theme=theme)
    source.runs.plans["web1"] = a_plan("web1", steps=(a_step(diff=DIFF),))
    async with recipe_console(source, size=size) as (_app, pilot, _runs):
        await to_plan(pilot)
        text = text_of(pilot)
        for words in (
            "log-rotation on web1",
            "r runs it: asks yes or no first",
            "r run",
            "esc back",
            "? help",
        ):
            assert words in text
        await pilot.press("question_mark")
        await shows(pilot, HelpScreen)
        await until_shown(pilot, "Show all of the step, or fold it.")


async def test_nothing_to_do_is_said_and_cannot_be_run() -> None:
    source = a_fleet()
    source.runs.plans["web1"] = a_plan("web1", steps=(), summary="/var has 62 % free already")
    async with recipe_console(source) as (app, pilot, runs):
        await to_plan(pilot)
        await until_shown(pilot, "Nothing to do on this host.")
        await pilot.press("r")
        await until_shown(pilot, "There is nothing to do, and so nothing to run.")
        assert isinstance(app.screen, PlanScreen)
        assert runs.calls == []


async def test_hostile_text_is_shown_as_text() -> None:
    source = a_fleet()
    hostile = a_step(
        word=HOSTILE,
        details=(HOSTILE,) * 9,
        diff=f"--- {HOSTILE}\n+{HOSTILE}",
        undo=Undo(HOSTILE, (Command((HOSTILE,)),), replace(a_step().check, says=HOSTILE)),
    )
    source.runs.plans["web1"] = a_plan("web1", word=HOSTILE, steps=(hostile,))
    async with recipe_console(source, size=(120, 50)) as (app, pilot, _runs):
        screen = await to_plan(pilot)
        await pilot.pause()
        text = text_of(pilot)
        assert "rotate app logs[/]gnp[@click=app.quit]x[/red]" in text
        assert r"\e]52;c;ZXZpbA==" in text  # in the command it is told, not dropped
        assert not set(text) & set("\x1b\x00\x07\u202e")
        app.copy_text(plan_text(screen.plan), "it")
        assert not set(app.clipboard) & set("\x1b\x00\x07\u202e")


async def test_without_colour_the_diff_and_the_risk_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    source = a_fleet()
    source.runs.plans["web1"] = replace(
        irreversible("web1"), steps=(a_step(diff=DIFF), irreversible().steps[1])
    )
    async with recipe_console(source, size=(100, 50)) as (app, pilot, _runs):
        await to_plan(pilot)
        text = text_of(pilot)
        for words in ("-  weekly", "+  daily", "IRREVERSIBLE: step 2", "no undo: deleted"):
            assert words in text
        colours = {
            style.color.triplet
            for line in cells(app)
            for _, style in line
            if style.color and style.color.triplet
        }
        assert all(len({*colour}) == 1 for colour in colours)  # greys


# Several hosts -----------------------------------------------------------------------------------


async def test_several_hosts_have_a_row_each_and_their_plans_open() -> None:
    source = a_fleet()
    source.runs.plans |= {
        "db1": irreversible("db1"),
        "web1": a_plan("web1", steps=(), summary="nothing is full"),
        "web2": PlanError(f"no logrotate here{HOSTILE}"),
    }
    async with recipe_console(source) as (app, pilot, _runs):
        app.recipes.open_form("log-rotation", ["db1", "web1", "web2"])
        await shows(pilot, RecipeForm)
        await pilot.press(*"/var", "enter")
        await shows(pilot, PlansScreen)
        await until_shown(pilot, "1 to change, 1 with nothing to do, 1 without a plan")
        text = text_of(pilot)
        for words in (
            "db1    PROD   frees about",
            "IRREVERSIBLE: step 2",
            "✓ web1",
            "no plan: no logrotate here[/]gnp",
        ):
            assert words in text
        await pilot.press("enter")
        screen = await shows(pilot, PlanScreen)
        assert screen.plan.host == app.screen.query_one(RowsView).screen.plan.host == "db1"
        await until_shown(pilot, "esc: back to the list of hosts")
        await pilot.press("r")
        assert isinstance(app.screen, PlanScreen)
        await pilot.press("escape", "escape")
        await shows(pilot, RecipeForm)


def test_a_line_knows_its_text() -> None:
    assert Line((("a", ""), ("b", "muted"))).text == "ab"


async def test_a_form_without_hosts_does_not_open() -> None:
    async with recipe_console(a_fleet()) as (app, pilot, _runs):
        app.recipes.open_form("log-rotation", [])
        await until_shown(pilot, "No host is chosen")
        app.recipes.open_form("nothing", ["web1"])
        await until_shown(pilot, "There is no recipe nothing.")
        await to_form(pilot)
