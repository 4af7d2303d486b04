"""What the configuration says for a recipe under a name: `server=company` is `[acme.company]`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from opsconsole.console.given import with_files
from opsconsole.console.settings.load import Settings
from opsconsole.console.settings.tables import AcmeTable
from opsconsole.data.host import Host
from opsconsole.recipes.recipe import Given, Plan, Preset, Recipe

_ALL = ("all", "@all")


def presets(recipe: Recipe, settings: Settings, hosts: Sequence[Host]) -> dict[str, Preset]:
    """Return name -> preset, for a recipe that takes some.

    Args:
        recipe: The recipe.
        settings: The settings.
        hosts: Those that it is for: each preset says of which it is the default.
    """
    if not any(one.presets == "acme" for one in recipe.parameters):
        return {}
    defaults = {host.name: _defaults(settings.acme, host) for host in hosts}
    return {
        name: Preset(
            _texts(server),
            {"eab_hmac": str(server.eab_key_file)} if server.eab_key_file else {},
            frozenset(host for host, names in defaults.items() if name in names),
        )
        for name, server in settings.acme.items()
    }


def from_files(
    recipe: Recipe,
    wanted: Iterable[str],
    plans: Sequence[Plan],
    known: Mapping[str, Preset],
    secrets: Mapping[str, str],
) -> dict[str, str]:
    """Return the secrets that were given, and those that plans made with a preset have in its files. Blocks.

    Args:
        recipe: The plans' recipe.
        wanted: Names of the secrets that the plans need.
        plans: The plans: all were made with one and the same preset, or nothing is read.
        known: The presets.
        secrets: Those that were given.

    Raises:
        ParameterError: A file cannot be used.
    """
    missing = set(wanted) - set(secrets)
    for preset in known.values():
        of_plans = all(
            plan.parameters.get(name) == text for plan in plans for name, text in preset.texts.items()
        )
        files = {name: path for name, path in preset.files.items() if name in missing}
        if files and of_plans:
            return dict(with_files(recipe.parameters, Given({}, secrets, files=files)).secrets)
    return dict(secrets)


def _texts(server: AcmeTable) -> dict[str, str]:
    texts = {
        "server": server.directory,
        "test_server": server.test_directory,
        "ca_bundle": server.ca_bundle,
        "email": server.email,
        "eab_kid": server.eab_key_id,
    }
    return {name: text for name, text in texts.items() if text}


def _defaults(servers: Mapping[str, AcmeTable], host: Host) -> list[str]:
    """Return the servers that name a host as theirs: by its name, else by a group of its, else all hosts."""
    for words in ((host.name,), tuple(f"@{group}" for group in host.groups), _ALL):
        found = [name for name, server in servers.items() if set(words) & set(server.default_for)]
        if found:
            return found
    return []
