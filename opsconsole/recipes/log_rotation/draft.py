"""What every step is made from: the options, the facts, and the figures they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from opsconsole.data.units import format_bytes, format_duration
from opsconsole.recipes.draft import PlanDraft
from opsconsole.recipes.log_rotation.choose import Fits, fits, freed_bytes
from opsconsole.recipes.log_rotation.files import File, of_token
from opsconsole.recipes.log_rotation.options import Options

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Draft(PlanDraft[Options]):
    """A log rotation in the making."""

    @cached_property
    def delete(self) -> list[File]:
        """The files that go."""
        return [of_token(line) for line in self.bound["delete"]]

    @cached_property
    def free(self) -> dict[int, int]:
        """Device -> free bytes, with root's reserve: the steps run as root."""
        return {one["device"]: one["free_bytes"] for one in self.shown["file_systems"]}

    @cached_property
    def compress(self) -> Fits:
        """The files that can be compressed in the room there is once the old ones are gone."""
        room = dict(self.free)
        for device in room:
            room[device] += freed_bytes(one for one in self.delete if one.device == device)
        return fits([of_token(line) for line in self.bound["compress"]], room, self.shown["ratio"])

    @property
    def delete_bytes(self) -> int:
        """What deleting gives back."""
        return freed_bytes(self.delete)

    @property
    def folders(self) -> list[str]:
        """One folder of each file system."""
        return [one["folder"] for one in self.shown["file_systems"]]

    @property
    def devices(self) -> str:
        """The devices as the scripts match them: `51:|52:`."""
        return devices(one["device"] for one in self.shown["file_systems"])

    @property
    def tight(self) -> bool:
        """Whether something must go before there is room for anything else."""
        for one in self.shown["file_systems"]:
            inodes_out = one["inodes"] > 0 and one["inodes_free"] < 16
            if inodes_out or one["free_bytes"] < self.compress.needed_bytes + _MIB:
                return True
        return False

    def age(self, file: File) -> str:
        """How long ago a file was changed."""
        return format_duration(max(0, self.shown["now"] - file.modified_at))

    def details(self, files: Sequence[File]) -> tuple[str, ...]:
        """Name each file with size, age and what comes back."""
        lines = []
        for one in files:
            back = ""
            if one.links > 1:
                back = f"  ({one.links} names: comes back when all are gone)"
            elif one.allocated_bytes < one.size_bytes // 2:
                back = f"  (has holes: {format_bytes(one.allocated_bytes)} come back)"
            lines.append(f"{format_bytes(one.size_bytes):>6}  {self.age(one):>7}  {one.shown}{back}")
        return tuple(lines)

    def change(self, gained: int) -> str:
        """Say how full the file systems are and will be: `/var 94 % → 71 % used`."""
        parts = []
        for one in self.shown["file_systems"]:
            used = one["total_bytes"] - one["free_bytes"]
            whole = used + one["available_bytes"]
            if whole > 0:
                after = max(0, used - gained) if len(self.shown["file_systems"]) == 1 else None
                before = f"{one['mount']} {100 * used / whole:.0f} %"
                parts.append(before if after is None else f"{before} → {100 * after / whole:.0f} %")
        return ", ".join(parts) + " used"


def devices(numbers: Any) -> str:
    """Return device numbers as an alternative of grep -E."""
    return "|".join(f"{number}:" for number in sorted(set(numbers)))
