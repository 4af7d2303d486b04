"""From the keywords of ssh_config to the fields of `Host`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from opsconsole.console.sources.origin import Located
from opsconsole.console.sources.ssh_config.expand import ExpandError, Tokens
from opsconsole.console.sources.ssh_config.settings import Proxy

DEFAULT_USER_FILE = "~/.ssh/known_hosts"
DEFAULT_GLOBAL_FILES = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")

Values = Mapping[str, Sequence[Located]]


def to_fields(values: Values, tokens: Tokens, fields: dict[str, Located], warnings: list[str]) -> None:
    """Fill in the fields that the values say, and what a person should know of them."""
    for keyword, name in (
        ("user", "user"),
        ("port", "port"),
        ("hostkeyalias", "host_key_alias"),
        ("identitiesonly", "identities_only"),
        ("connecttimeout", "connect_timeout_seconds"),
    ):
        if values.get(keyword) and values[keyword][0].value not in (None, 0.0):
            fields[name] = values[keyword][0]
    if values.get("hostname"):
        fields["address"] = replace(values["hostname"][0], value=tokens.address)
    _proxy(values, tokens, fields, warnings)
    jump = ",".join(fields["jump"].value) if "jump" in fields else ""
    alias = str(fields["host_key_alias"].value) if "host_key_alias" in fields else ""
    tokens = replace(tokens, jump=jump, key_alias=alias)
    _files(values, tokens, fields, warnings)
    _agent(values, tokens, fields, warnings)
    warnings += _unsupported(values)


def _unsupported(values: Values) -> Iterator[str]:
    """Yield a warning for each value that ssh would heed and we cannot."""
    for keyword, remedy in (
        ("pkcs11provider", "load the token's keys into the agent (ssh-add -s)"),
        ("knownhostscommand", "write the host's keys to a known_hosts file"),
        ("revokedhostkeys", "mark those keys @revoked in a known_hosts file"),
        ("canonicalizehostname", "names are used as given"),
    ):
        for located in values.get(keyword, ()):
            words = located.value if isinstance(located.value, tuple) else (str(located.value),)
            if " ".join(words).lower() not in {"none", "no", "false"}:
                yield f"{located.origin}: {keyword} is not supported: {remedy}"


def _proxy(values: Values, tokens: Tokens, fields: dict[str, Located], warnings: list[str]) -> None:
    for located in values.get("proxy", ()):
        proxy: Proxy = located.value
        if proxy.command:
            text = "ProxyCommand is not supported: use ProxyJump; until then it is connected to directly"
            warnings.append(f"{located.origin}: {text}")
            continue
        try:
            hops = tuple(tokens.text(hop) for hop in proxy.hops)
        except ExpandError as error:
            warnings.append(f"{located.origin}: ProxyJump: {error}")
            continue
        fields["jump"] = replace(located, value=hops)


def _files(values: Values, tokens: Tokens, fields: dict[str, Located], warnings: list[str]) -> None:
    for keyword, name in (("identityfile", "identity_files"), ("certificatefile", "certificate_files")):
        # `none` says that there is no such file, also not one of the defaults.
        expanded = [
            (path, located)
            for located in values.get(keyword, ())
            if (path := _expanded(str(located.value), located, tokens, warnings)) is not None
        ]
        if expanded:
            general = all(located.general for _, located in expanded)
            paths = tuple(dict.fromkeys(path for path, _ in expanded))
            fields[name] = Located(paths, expanded[0][1].origin, general)
    user, system = values.get("userknownhostsfile"), values.get("globalknownhostsfile")
    first = user or system
    if not first:
        return
    said = first[0]
    names = [
        *(user[0].value if user else (DEFAULT_USER_FILE,)),
        *(system[0].value if system else DEFAULT_GLOBAL_FILES),
    ]
    paths = tuple(
        path
        for name in names
        if name.lower() != "none" and (path := _expanded(name, said, tokens, warnings)) is not None
    )
    fields["known_hosts_files"] = replace(said, value=paths)


def _agent(values: Values, tokens: Tokens, fields: dict[str, Located], warnings: list[str]) -> None:
    for located in values.get("identityagent", ()):
        value = str(located.value)
        if value == "SSH_AUTH_SOCK":
            continue
        if value.startswith("$") and not value.startswith("${"):
            path = os.environ.get(value[1:], "")
            if not path:
                warnings.append(f"{located.origin}: IdentityAgent: the environment has no {value[1:]}")
                continue
        else:
            path = "none" if value.lower() == "none" else _expanded(value, located, tokens, warnings) or ""
        if path:
            fields["identity_agent"] = replace(located, value=path)


def _expanded(value: str, located: Located, tokens: Tokens, warnings: list[str]) -> str | None:
    try:
        return tokens.path(value)
    except ExpandError as error:
        warnings.append(f"{located.origin}: {value}: {error}")
        return None
