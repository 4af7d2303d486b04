"""What findings suggest is a recipe that is there, or a triage's symptom by its agreed name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsconsole import panels, recipes

# Names of symptoms: triage will have a page for each.
SYMPTOMS = frozenset(
    {
        *("clock", "cpu-busy", "http", "tcp", "journal-errors", "memory-used", "mount", "oom"),
        *("reboot", "unit-failed"),
    }
)


def suggested() -> Iterator[tuple[str, str]]:
    """Yield where a name is suggested and the name: `suggests="…"`, and constants called HELPS."""
    folder = Path(panels.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_constant = isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "HELPS" for target in node.targets
            )
            if not is_constant and not (isinstance(node, ast.keyword) and node.arg == "suggests"):
                continue
            value: ast.expr = node.value  # type: ignore[attr-defined]
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
                yield f"{path.relative_to(folder)}:{value.lineno}", value.value


NAMES = list(suggested())


def test_the_names_were_found() -> None:
    assert {"log-rotation"} < {name for _, name in NAMES}


@pytest.mark.parametrize(("where", "name"), NAMES, ids=[where for where, _ in NAMES])
def test_what_is_suggested_is_there(where: str, name: str) -> None:
    assert name in SYMPTOMS or name in recipes.names(), f"{where} suggests {name}"
