"""Exact texts of paths, as this program holds them, on one line of ASCII."""

from __future__ import annotations

from opsconsole.recipes.paths import escape


def escaped(path: str) -> str:
    """Return the exact text of a path, as this program holds it, for a line of a script's input."""
    return escape(path.encode("utf-8", "surrogateescape"))
