"""The configuration: `opsconsole.toml`, read so that every mistake in it is named with its line."""

from __future__ import annotations

from opsconsole.console.settings.load import Settings, default_path
from opsconsole.console.sources.problem import Problem, SettingsError

__all__ = ["Problem", "Settings", "SettingsError", "default_path"]
