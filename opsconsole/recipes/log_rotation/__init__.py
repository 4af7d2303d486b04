"""Log rotation and disk clean-up: frees a full disk, and proves what came back."""

from __future__ import annotations

from opsconsole.recipes.log_rotation.recipe import LogRotation

RECIPE = LogRotation()
