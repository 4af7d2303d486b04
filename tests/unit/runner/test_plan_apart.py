"""A plan is made and kept beside the event loop, which has other hosts and the screen to serve."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from opsconsole.data.host import Host
from opsconsole.data.ledger import Ledger, Operator
from opsconsole.recipes.recipe import FactSheet, Plan
from opsconsole.recipes.runner import runner
from opsconsole.recipes.runner.policy import Policy
from tests.unit.runner.runner_samples import plan


class Demo:
    """A recipe that remembers who asked it for a plan."""

    thread = 0

    async def facts(self, _shell: object, _values: Mapping[str, Any]) -> FactSheet:
        return FactSheet({})

    def plan(self, _host: Host, _values: Mapping[str, Any], _facts: FactSheet) -> Plan:
        self.thread = threading.get_ident()
        return plan()


async def test_the_loop_makes_no_plan_by_itself(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    demo, shell = Demo(), SimpleNamespace(host=Host("web1", "192.0.2.1"))
    one = runner.Runner(ledger, policy=Policy(), operator=Operator.local())
    made = await one.plan(demo, shell, {})  # type: ignore[arg-type]
    assert demo.thread not in {0, threading.get_ident()}
    assert ledger.plan(made.plan_id) is not None
    ledger.close()
