"""Write pictures of the real screens on the lab's hosts (`make lab` first) into docs/, as SVG."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from opsconsole.console.inventory import load_inventory
from opsconsole.console.service import Service
from opsconsole.console.settings import Settings
from opsconsole.console.tui.app import OpsconsoleApp

ROOT = Path(__file__).parents[1]
STATE = ROOT / "tests" / "lab" / ".state"
ENVIRONMENTS = {"web1": "production", "web2": "production", "db1": "production", "trixie1": "staging"}
SIZE = (132, 24)
SETTLE_SECONDS = 60.0  # sparklines need ticks to be worth looking at


def configuration() -> str:
    """Return an opsconsole.toml of the lab's hosts."""
    lines = ["[console]", "ssh_config = false", "history = false"]
    for host in json.loads((STATE / "inventory.json").read_text())["hosts"]:
        lines += [f"[hosts.{host['name']}]", f'address = "{host["address"]}"', f"port = {host['port']}"]
        lines += [
            'user = "ops"',
            f'identity_file = "{STATE}/id_ed25519"',
            f'known_hosts = "{STATE}/known_hosts"',
        ]
        lines += [f'jump = "{host["jump"]}"'] if host["jump"] else []
        lines += [f'environment = "{ENVIRONMENTS[host["name"]]}"'] if host["name"] in ENVIRONMENTS else []
    lines += ["[hosts.legacy7]", 'address = "127.0.0.1"', "port = 9", 'environment = "staging"']
    # All of them run on one machine, and what builds and tests them is most of its load.
    lines += ["[limits.resources]", "load_15_per_core = 10000", "cpu_percent = 100"]
    return "\n".join(lines)


async def take(config: Path, folder: Path) -> None:
    """Open the console, wait for its hosts, and write fleet.svg and host.svg."""
    settings = Settings.load(config)
    service = Service(settings, load_inventory(settings))
    app = OpsconsoleApp(service)
    async with app.run_test(size=SIZE) as pilot:
        await asyncio.sleep(SETTLE_SECONDS)
        (folder / "fleet.svg").write_text(app.export_screenshot(title="opsconsole"))
        app.open_host("web1")
        await asyncio.sleep(5)
        await pilot.pause()
        (folder / "host.svg").write_text(app.export_screenshot(title="opsconsole"))
    await service.stop()


if __name__ == "__main__":
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(configuration())
        file.flush()
        asyncio.run(take(Path(file.name), Path(sys.argv[1]) if sys.argv[1:] else ROOT / "docs"))
