"""One run of the recipe by the runner over an open connection; prints the seconds from yes to verdict."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from opsconsole.console.inventory import load_inventory
from opsconsole.console.runs import Runs
from opsconsole.console.settings import Settings
from opsconsole.console.ssh.connections import Connections
from opsconsole.console.ssh.prompts import NoPrompter
from tests.bench.recipe_scene import HOST, TEXTS


async def run_once(config: Path) -> float:
    """Return the seconds that an applied plan took."""
    settings = Settings.load(config)
    hosts = load_inventory(settings).reachable()
    connections = Connections(hosts, prompter=NoPrompter())
    runs = Runs(settings, hosts.__getitem__, connections.shell, connect=connections.connect)
    try:
        plan = await runs.plan("log-rotation", HOST, TEXTS)
        began = time.perf_counter()
        live = runs.start([plan], confirmed=plan.plan_id, reason="benchmark")
        await live.wait()
        seconds = time.perf_counter() - began
        result = live.hosts[HOST].result
        if result is None or result.exit_status != 0:
            sys.exit("it was left" if result is None else result.verdict)
        return seconds
    finally:
        await connections.close()


if __name__ == "__main__":
    print(json.dumps({"seconds": asyncio.run(run_once(Path(sys.argv[1])))}))
