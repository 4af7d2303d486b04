"""Who is at the console, what they sign with, and where they may change nothing."""

from __future__ import annotations

import os
import pwd

from opsconsole.console.settings import Settings
from opsconsole.data.ledger import Operator, Signer
from opsconsole.recipes.runner.policy import Policy


def policy(settings: Settings) -> Policy:
    """Return where nothing may be changed, as the configuration and the command line say."""
    environments = (
        name
        for name, fields in settings.environments.items()
        if "read_only" in fields.values and fields.values["read_only"].value
    )
    return Policy(settings.read_only, frozenset(environments))


def operator() -> Operator:
    """Return who is at the console, by the user id of this process: the environment can say anything."""
    user_id = os.getuid()
    try:
        return Operator(pwd.getpwuid(user_id).pw_name)
    except KeyError:
        return Operator(f"uid {user_id}")


def signer(settings: Settings) -> tuple[Signer | None, str]:
    """Return who signs the ledger's heads, or None and why nobody does. Blocks; loads SSH."""
    if settings.signing_key is False:
        return None, "`signing_key` is false"
    from opsconsole.console.ssh.signing import find_signer

    return find_signer(settings.signing_key)
