"""What every step of certbot's two drivers is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from opsconsole.recipes.certificate_renewal import served
from opsconsole.recipes.certificate_renewal.facts import RENEW
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.certificate_renewal.options import ACME, Options
from opsconsole.recipes.certificate_renewal.served import Serving
from opsconsole.recipes.draft import PlanDraft


@dataclass(frozen=True)
class Draft(PlanDraft[Options]):
    """A renewal by certbot in the making."""

    @cached_property
    def serving(self) -> Serving:
        """Who shows the certificates of this run."""
        return served.from_json(self.bound["serving"])

    @property
    def lineages(self) -> list[dict[str, Any]]:
        """The certificates that something is done with."""
        return list(self.bound.get("lineages", ()))

    @property
    def renewing(self) -> list[dict[str, Any]]:
        """Those of them that are renewed."""
        return [one for one in self.lineages if one["action"] == RENEW]

    def forced(self, one: Mapping[str, Any]) -> bool:
        """Whether certbot renews one only with `--force-renewal`: wanted so, or `autorenew` is off for it.

        Without it `certbot renew` leaves a certificate alone whose `autorenew` is off, named or not.
        """
        return self.options.force or not one["autorenew"]

    @property
    def acts(self) -> bool:
        """Whether certificates change, or what is served."""
        return bool(self.lineages) or self.options.driver == ACME

    @property
    def bundle(self) -> str:
        """The file of CA certificates, as the scripts read it."""
        return escaped(self.options.ca_bundle) if self.options.ca_bundle else served.NOTHING

    @cached_property
    def copies(self) -> list[tuple[str, str, str]]:
        """(folder of the links, certificate, key) of each copy outside of certbot's folders."""
        if self.bound.get("hook"):
            (file,) = self.bound["replace"]
            return [(self.bound["live"], file, file)]
        return [
            (one["live"], certificate, key)
            for one in self.lineages
            for certificate, key in self.serving.copies
            if certificate in one["files"]
        ]

    @cached_property
    def kept_files(self) -> list[str]:
        """Files that the copy for the undo holds beside certbot's folders."""
        files = [path for _, certificate, key in self.copies for path in (certificate, key)]
        return list(dict.fromkeys([*files, *(self.bound.get("replace") or ())]))

    @cached_property
    def keep_lines(self) -> list[str]:
        """What is copied, as the scripts read it."""
        places = [(one["name"], one["live"], one["archive"], one["conf"]) for one in self.lineages]
        if self.options.driver == ACME:
            places = [tuple(self.bound[key] for key in ("name", "live", "archive", "conf"))]
        lines = [f"lineage {name} {' '.join(escaped(path) for path in paths)}" for name, *paths in places]
        return lines + [f"copy {number} {escaped(path)}" for number, path in enumerate(self.kept_files)]

    @cached_property
    def same(self) -> list[tuple[str, str]]:
        """(path, its copy below the folder of copies) of all that must be as before after an undo."""
        pairs = [
            (one[place], f"{one['name']}/{place}")
            for one in self.lineages
            for place in ("live", "archive", "conf")
        ]
        return pairs + [(path, f"copy.{number}") for number, path in enumerate(self.kept_files)]

    @property
    def gone(self) -> list[str]:
        """Paths that must not be there after an undo."""
        return [self.bound[key] for key in ("live", "archive", "conf")] if self.options.driver == ACME else []
