"""One command on many hosts with the parallel-ssh library; runs in the peers' own venv."""

import json
import sys
from pathlib import Path

from pssh.clients import ParallelSSHClient


def main() -> None:
    """Run argv: FARM COUNT AT_ONCE COMMAND."""
    farm = json.loads(Path(sys.argv[1]).read_text())
    count, at_once, command = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    client = ParallelSSHClient(
        farm["hosts"][:count],
        user=farm["user"],
        port=farm["ports"][0],
        pkey=f"{farm['folder']}/key",
        pool_size=at_once,
        allow_agent=False,
    )
    output = client.run_command(command)
    client.join(output)
    for one in output:
        print(one.host, *one.stdout)


main()
