"""The `opsconsole` command, also as `python -m opsconsole`."""

from __future__ import annotations

import sys


def main() -> int:
    """Answer `--version` at once, and leave the rest to the command line."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from opsconsole import __version__
        from opsconsole.console.cli.streams import OUT

        OUT.begin()
        OUT.write(f"opsconsole {__version__}\n")
        OUT.flush()
        return 0
    from opsconsole.console.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
