"""Tests that take their cells from a table of (step, fault), and what they take."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Sequence

import pytest


def each(
    steps: Sequence[str], *faults: str, without: Collection[tuple[str, str]] = ()
) -> pytest.MarkDecorator:
    """Return the parametrization by `name` of a step and `fault`.

    Args:
        steps: Names of steps.
        faults: Names of faults.
        without: (step, fault) that are left out.
    """
    pairs = [(name, fault) for fault in faults for name in steps if (name, fault) not in without]
    return pytest.mark.parametrize(("name", "fault"), pairs, ids=[f"{fault}-{name}" for name, fault in pairs])


def tried(module: str) -> set[tuple[str, str]]:
    """Return the (step, fault) that the tests of a module of this folder take."""
    found: set[tuple[str, str]] = set()
    for function in vars(importlib.import_module(f"tests.lab.{module}")).values():
        if getattr(function, "__name__", "").startswith("test_"):
            for mark in getattr(function, "pytestmark", []):
                if mark.name == "parametrize" and mark.args[0] == ("name", "fault"):
                    found.update(mark.args[1])
    return found
