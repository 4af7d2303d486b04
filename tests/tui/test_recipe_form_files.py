"""A form with files of the engineer's machine: a path, or a pasted PEM that is never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from console_pilot import until, until_shown
from fake_runs import FakeRecipe
from recipe_pilot import PlanScreen, RecipeForm, a_fleet, catalogue, recipe_console, shows, text_of
from textual import events
from textual.widgets import Input

from opsconsole import recipes
from opsconsole.console.tui.recipe_field import FileInput
from opsconsole.recipes.recipe import HIDDEN, Given, Kind, Parameter, SecretNeededError

_ = catalogue  # a fixture that every test uses

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n"


class FilesRecipe(FakeRecipe):
    """Takes a certificate and a key; knows the key by its length."""

    name = "backup-verification"
    parameters = (
        Parameter("certificate", Kind.FILE, None, "the certificate"),
        Parameter("key", Kind.SECRET_FILE, None, "its key"),
        Parameter("password", Kind.SECRET, "", "of the key"),
        Parameter("length", Kind.TEXT, "", "of the key", derived=True),
    )

    def prepare(self, given: Given) -> Given:
        if "ENCRYPTED" in given.secrets["key"] and "password" not in given.secrets:
            raise SecretNeededError("password", "the key is encrypted, and its password was not given")
        return Given({**given.texts, "length": str(len(given.secrets["key"]))}, given.secrets, given.warnings)


@pytest.fixture(autouse=True)
def _one_recipe(catalogue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "load", lambda _name: FilesRecipe())


async def to_files(app: Any, pilot: Any) -> RecipeForm:
    app.recipes.open_form("backup-verification", ["db1"])
    form: RecipeForm = await shows(pilot, RecipeForm)
    await pilot.pause()
    return form


async def test_paths_are_read_and_the_key_goes_to_the_runner_alone(tmp_path: Path) -> None:
    (tmp_path / "new.pem").write_text(PEM)
    (tmp_path / "new.key").write_text(KEY)
    (tmp_path / "new.key").chmod(0o644)
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        form = await to_files(app, pilot)
        assert [one.parameter.name for one in form.fields] == ["certificate", "key", "password"]
        await pilot.press(*f"{tmp_path}/new.pem", "tab", *f"{tmp_path}/new.key", "enter")
        planned = (await shows(pilot, PlanScreen))._planned
        assert runs.asked[0][2] == {
            "certificate": PEM,
            "key": HIDDEN,
            "password": "",
            "length": str(len(KEY)),
        }
        assert planned.secrets == {"key": KEY}
        assert "canary" not in repr(planned)
        assert "others can get at" in planned.warnings[0]
        await until(pilot, lambda: any("chmod 600" in one.message for one in app._notifications))


async def test_a_pasted_key_is_held_and_not_shown_until_one_types_or_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []
    before = Input.post_message

    def spy(self: Input, message: Any) -> bool:
        seen.append(message)
        return before(self, message)

    monkeypatch.setattr(Input, "post_message", spy)
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        form = await to_files(app, pilot)
        certificate, key = form.query(FileInput)
        for field, text in ((certificate, PEM), (key, KEY)):
            field.focus()
            await pilot.pause()
            field.post_message(events.Paste(text))
            await pilot.pause()
        await until_shown(pilot, f"pasted, {len(KEY)} characters, not shown")
        assert "canary" not in text_of(pilot)
        told = [message for message in seen if not isinstance(message, events.Paste)]
        assert not [message for message in told if "canary" in repr(message)]
        await pilot.press("backspace")
        await until(pilot, lambda: key.text == "")
        assert key.text == ""
        key.post_message(events.Paste("/a/path"))
        await until(pilot, lambda: key.text == "/a/path")
        key.post_message(events.Paste(KEY.replace("\n", "\r\n")))
        await until(pilot, lambda: key.pasted)
        await pilot.press("enter")
        await shows(pilot, PlanScreen)
        assert runs.asked[0][2]["key"] == HIDDEN
        await pilot.press("escape", "escape")
        await until(pilot, lambda: key.pasted == "")


async def test_what_is_wrong_with_the_files_is_said_on_the_form(tmp_path: Path) -> None:
    (tmp_path / "new.key").write_text(KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"))
    async with recipe_console(a_fleet()) as (app, pilot, runs):
        await to_files(app, pilot)
        await pilot.press("enter")
        await until_shown(pilot, "Not planned: 2 values are wrong.")
        await pilot.press(*f"{tmp_path}/no.pem", "tab", *f"{tmp_path}/new.key", "enter")
        await until_shown(pilot, "cannot read")
        (tmp_path / "no.pem").write_text(PEM)
        await pilot.press("enter")
        await until_shown(pilot, "password: the key is encrypted")
        assert runs.asked == []
