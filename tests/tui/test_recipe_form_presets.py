"""A field that takes a name of the configuration: it is offered, and planned with what it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from console_pilot import until, until_shown
from fake_runs import FakeRecipe
from recipe_pilot import PlanScreen, RecipeForm, a_fleet, catalogue, recipe_console, shows, text_of
from textual.widgets import Input

from opsconsole import recipes
from opsconsole.console.tui.recipe_field import ParameterField
from opsconsole.recipes.certificate_renewal import configured
from opsconsole.recipes.recipe import HIDDEN, Given, Kind, Parameter, Preset

_ = catalogue  # a fixture that every test uses


class AcmeRecipe(FakeRecipe):
    """Takes an ACME server as certificate-renewal does."""

    parameters = (
        Parameter("driver", Kind.TEXT, "acme", "how"),
        Parameter("server", Kind.TEXT, "", "ACME directory", presets="acme"),
        Parameter("email", Kind.TEXT, "", "of the account"),
        Parameter("eab_kid", Kind.TEXT, "", "key id"),
        Parameter("eab_hmac", Kind.SECRET, "", "its key"),
    )

    def prepare(self, given: Given) -> Given:
        return configured.prepare(given)


@pytest.fixture(autouse=True)
def _one_recipe(catalogue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "load", lambda _name: AcmeRecipe())


async def test_a_configured_server_is_offered_and_stands_for_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary\n")
    (tmp_path / "key").chmod(0o644)
    source = a_fleet()
    said = {"server": "https://ca.test/dir", "email": "o@p.test", "eab_kid": "kid-1"}
    source.runs.offered = {"company": Preset(said, {"eab_hmac": str(tmp_path / "key")})}
    async with recipe_console(source) as (app, pilot, runs):
        app.recipes.open_form("log-rotation", ["web1"])
        form: RecipeForm = await shows(pilot, RecipeForm)
        assert "ACME directory (a text, or company)" in text_of(pilot)
        field = form.query_one("#field-server", ParameterField).query_one(Input)
        assert field.suggester is not None
        assert await field.suggester.get_suggestion("comp") == "company"
        assert form.query_one("#field-email", ParameterField).query_one(Input).suggester is None
        field.focus()
        await pilot.press(*"compny", "enter")
        await until_shown(pilot, "did you mean company?")
        assert runs.asked == []
        await pilot.press("backspace", "backspace", *"any", "enter")
        planned = (await shows(pilot, PlanScreen))._planned
        assert runs.asked[0][2] == {**said, "driver": "acme", "eab_hmac": HIDDEN}
        assert planned.secrets == {"eab_hmac": "canary"}
        assert "canary" not in repr(planned)
        await until(pilot, lambda: any("chmod 600" in one.message for one in app._notifications))
