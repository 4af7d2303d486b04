"""The recipe: reads the host by the chosen driver, and makes the plan of what was read."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from opsconsole.data.host import Host, Shell
from opsconsole.recipes.certificate_renewal import options, plan
from opsconsole.recipes.recipe import FactSheet, Given, Parameter, Plan


class CertificateRenewal:
    """Renews or replaces certificates, and proves what is served; see `Recipe`."""

    name = "certificate-renewal"
    version = 1
    title = "Certificate renewal"
    summary = "Renews a certificate, reloads its servers, and proves at the socket that the new one is served"
    parameters: tuple[Parameter, ...] = options.PARAMETERS

    def prepare(self, given: Given) -> Given:
        """Spell out a configured ACME server, and make plain PEM of files, on this machine; see `Given`."""
        from opsconsole.recipes.certificate_renewal import configured, files_given

        return configured.prepare(files_given.prepare(given))

    async def facts(self, shell: Shell, values: Mapping[str, Any]) -> FactSheet:
        """Read what the plan needs; see `Recipe.facts`."""
        if values["driver"] == options.FILES:
            from opsconsole.recipes.certificate_renewal import files_facts

            return await files_facts.facts(shell, values)
        from opsconsole.recipes.certificate_renewal import facts

        return await facts.read(shell, options.read(values))

    async def undo_trouble(self, shell: Shell, plan: Plan, steps: Set[str]) -> str:
        """Return what stands against taking steps back now: no ended certificate comes back; see `Recipe`."""
        from opsconsole.recipes.certificate_renewal import before_undo

        return await before_undo.trouble(shell, plan, steps)

    def plan(self, host: Host, values: Mapping[str, Any], facts: FactSheet) -> Plan:
        """Return the plan; see `Recipe.plan`."""
        return plan.make(self.name, self.version, host, values, facts)
