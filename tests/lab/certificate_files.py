"""What the tests of given certificates share: where tls1 has its files, what it shows, a run of them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from opsconsole.console.given import prepared, typed
from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.recipe import Given, ParameterError, Plan, PlanError
from opsconsole.recipes.runner.state import RunResult
from tests.lab import matrix
from tests.lab.consoles import configure
from tests.lab.matrix_world import World
from tests.lab.tls_lab import HOST, LB, SHOP, Made, served, sh

API = "api.lab.test"
PEM, KEY = f"/etc/nginx/tls/{API}.pem", f"/etc/nginx/tls/{API}.key"
COMBINED = "/etc/haproxy/certs/lb.pem"
ADDRESSES = ("127.0.0.1", "[::1]")
KEPT = "/var/lib/opsconsole/certificate-renewal"


def state() -> str:
    """Return all that must be as before: files with mode, owner and time, links, and what is served."""
    files = sh("""
    cd /etc
    find nginx haproxy -type f -printf '%p %m %U %G %s %T@\\n' -exec sha256sum {} \\; | sort
    find nginx haproxy -type l -printf '%p %l\\n' | sort""")
    shown = [served(name, address=address) for name in (API, SHOP) for address in ADDRESSES]
    shown += [served(LB, 9443, address) for address in ADDRESSES]
    return "\n".join([files, *shown])


def copies() -> str:
    """Return the folders of copies; other tests may have some of their own."""
    return sh(f"ls {KEPT} 2>/dev/null || true")


def configured(lab: Any, tmp_path: Path) -> Path:
    """Return a configuration of the host alone, with the ledger of the test."""
    return configure(lab, tmp_path / "toml", [HOST], more=f'[audit]\nledger = "{tmp_path}/ledger.db"\n')


def given(made: Made, **texts: str) -> Given:
    """Return the parameters as a person gives them: the certificate and its key as text, and the rest."""
    return typed(RECIPE.parameters, {"certificate": made.full, "key": made.key, **texts})


def subject(one: Given) -> matrix.Subject:
    return matrix.Subject(
        recipe=RECIPE,
        values=parameters.read_all(RECIPE.parameters, one.texts),
        host=HOST,
        prepare=lambda: None,
        state=state,
    )


@contextlib.asynccontextmanager
async def world(lab: Any, tmp_path: Path, made: Made, **texts: str) -> AsyncIterator[tuple[World, Given]]:
    """Yield a console that is about to install what was made, and what it was given."""
    one = prepared(RECIPE, given(made, **texts))
    async with World(lab, subject(one), tmp_path).open() as console:
        yield console, one


async def run(lab: Any, tmp_path: Path, made: Made, **texts: str) -> tuple[Plan, RunResult]:
    """Plan and run to the end; return both."""
    async with world(lab, tmp_path, made, **texts) as (console, one):
        plan = await console.planned()
        return plan, await console.run(plan, secrets=one.secrets)


def evidence(plan: Plan, result: RunResult, name: str) -> str:
    """Return what the step of that name showed for its proof."""
    return result.steps[[step.name for step in plan.steps].index(name)].evidence


async def refusal(lab: Any, tmp_path: Path, made: Made, **texts: str) -> str:
    """Plan what must be refused; return why."""
    with pytest.raises((PlanError, ParameterError)) as told:
        async with world(lab, tmp_path, made, **texts) as (console, _):
            await console.planned()
    return str(told.value)
