"""The console's command with the recipes of `tests/lab/recipes` added; in all else it is the real one.

python -m tests.lab.console_with_recipes plan lab-marker web1
"""

from __future__ import annotations

import sys
from pathlib import Path

from opsconsole import recipes
from opsconsole.__main__ import main

recipes.__path__.append(str(Path(__file__).parent / "recipes"))

if __name__ == "__main__":
    sys.exit(main())
