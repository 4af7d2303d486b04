"""The `%` tokens, `~` and `${VARIABLE}` of ssh_config values (ssh_config(5), TOKENS)."""

from __future__ import annotations

import hashlib
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

_TOKEN = re.compile(r"%(.?)", re.DOTALL)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class ExpandError(ValueError):
    """A token or variable that means nothing here."""


def host_name(pattern: str, original: str) -> str:
    """Return the address that `HostName` means: `%h` is the name as given; no pattern: the name itself."""
    if not pattern:
        return original
    return _TOKEN.sub(lambda found: {"h": original, "%": "%"}.get(found[1], found[0]), pattern)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the tokens stand for, for one host.

    Attributes:
        original: The name as given (%n).
        address: The address (%h).
        port: The port (%p).
        user: The remote user (%r).
        local_user: The user who runs us (%u).
        home: The home folder (%d and `~`).
        jump: The ProxyJump value (%j).
        key_alias: HostKeyAlias (%k).
    """

    original: str
    address: str
    port: int
    user: str
    local_user: str
    home: Path
    jump: str = ""
    key_alias: str = ""

    def path(self, value: str) -> str:
        """Return a path with `~`, tokens and variables expanded, in OpenSSH's order.

        Raises:
            ExpandError: An unknown token, user or variable.
        """
        return self.variables(self.text(self._tilde(value)))

    def text(self, value: str) -> str:
        """Return a text with its tokens expanded.

        Raises:
            ExpandError: An unknown token.
        """
        return _TOKEN.sub(self._token, value) if "%" in value else value

    @staticmethod
    def variables(value: str) -> str:
        """Return a text with `${VARIABLE}` expanded.

        Raises:
            ExpandError: The variable is not set.
        """

        def variable(found: re.Match[str]) -> str:
            if found[1] not in os.environ:
                raise ExpandError(f"the environment has no {found[1]}")
            return os.environ[found[1]]

        return _VARIABLE.sub(variable, value)

    def _tilde(self, value: str) -> str:
        if value == "~" or value.startswith("~/"):
            return str(self.home) + value[1:]
        if not value.startswith("~"):
            return value
        try:
            return str(Path(value).expanduser())
        except RuntimeError:
            raise ExpandError(f"there is no user {value[1:].split('/', maxsplit=1)[0]!r}") from None

    def _token(self, found: re.Match[str]) -> str:
        name = found[1]
        local = socket.gethostname() if name in "lLC" else ""
        values = {
            "%": "%",
            "d": str(self.home),
            "h": self.address,
            "i": str(os.getuid()),
            "j": self.jump,
            "k": self.key_alias or self.original,
            "L": local.split(".")[0],
            "l": local,
            "n": self.original,
            "p": str(self.port),
            "r": self.user,
            "u": self.local_user,
        }
        if name == "C":
            # A name for a file, not a secret: the hash that OpenSSH specifies.
            parts = f"{local}{self.address}{self.port}{self.user}{self.jump}"
            return hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()
        if name not in values:
            raise ExpandError(f"{found[0]} means nothing here")
        return values[name]
