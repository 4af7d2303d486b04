"""What a host's configuration may say to the health panel: HTTP and TCP checks, units that must run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

JsonScalar = str | int | float | bool

_STATUS = re.compile(r"[1-5](?:\d\d|xx)")
_METHOD = re.compile(r"[A-Z]{1,16}")
_PATH_STEP = re.compile(r"""\.?([^.\[\]"']+)|\[(\d{1,9})\]|\[(?:"([^"]*)"|'([^']*)')\]""")
_SECRET_AT_LEAST = 4  # characters; replacing shorter ones would tear ordinary words apart


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """A request whose answer tells whether a service works.

    Attributes:
        name: What findings call it; unique among the checks of a host.
        url: `http://` or `https://`. A password in it, and the query, are never shown.
        via: `host`: through an SSH tunnel, as the host itself sees it; `console`: directly from here.
        method: HTTP method.
        headers: Further request headers; never shown, and not sent on to another origin by a redirect.
        expect_status: Such as `200`, `2xx` or `200,204,3xx`.
        expect_body: Text that the body must contain.
        expect_body_regex: Regular expression that must match somewhere in the body.
        expect_json: Path such as `status` or `nodes[0].state` -> the value that must be there.
        timeout_seconds: For the whole check, with every redirect and the body.
        verify_tls: Check the certificate against the system's and Mozilla's authorities.
        follow_redirects: Follow up to ten.
    """

    name: str
    url: str = field(repr=False)
    via: Literal["host", "console"] = "host"
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    expect_status: str = "2xx"
    expect_body: str = field(default="", repr=False)
    expect_body_regex: str = field(default="", repr=False)
    expect_json: Mapping[str, JsonScalar] = field(default_factory=dict, repr=False)
    timeout_seconds: float = 10.0
    verify_tls: bool = True
    follow_redirects: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never work.

        Raises:
            ValueError: With words for a person; without the URL, which may hold a secret.
        """
        try:
            parts = urlsplit(self.url)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise ValueError(f"check {self.name!r}: url is not http://host[:port]/… or https://…")
        if not _METHOD.fullmatch(self.method):
            raise ValueError(f"check {self.name!r}: method {self.method!r} is not an HTTP method such as GET")
        for word in self.expect_status.split(","):
            if not _STATUS.fullmatch(word.strip()):
                raise ValueError(
                    f"check {self.name!r}: expect_status {word.strip()!r} is not like 200 or 2xx"
                )
        if self.expect_body_regex:
            _compiles(self.name, self.expect_body_regex)
        for path in self.expect_json:
            json_steps(path)
        _bounded(self.name, self.timeout_seconds)

    @property
    def target(self) -> str:
        """The URL without user, password, query and fragment."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{host}{port}{parts.path or '/'}{'?…' if parts.query else ''}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that must not be seen even when the server repeats them."""
        parts = urlsplit(self.url)
        query = [pair.partition("=")[2] for pair in parts.query.split("&")]
        words = [word for value in self.headers.values() for word in (value, *value.split())]
        found = {parts.password or "", *query, *words}
        return tuple(sorted((one for one in found if len(one) >= _SECRET_AT_LEAST), key=len, reverse=True))

    def status_expected(self, status: int) -> bool:
        """Whether a status is one of those expected."""
        words = {word.strip() for word in self.expect_status.split(",")}
        return str(status) in words or f"{status // 100}xx" in words


@dataclass(frozen=True, slots=True)
class TcpCheck:
    """A port that must accept connections.

    Attributes:
        name: What findings call it; unique among the checks of a host.
        port: TCP port.
        address: Name or address; `127.0.0.1` seen from the host is the host itself.
        via: `host`: through an SSH tunnel; `console`: directly from here.
        timeout_seconds: For the whole check.
    """

    name: str
    port: int
    address: str = "127.0.0.1"
    via: Literal["host", "console"] = "host"
    timeout_seconds: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what could never work.

        Raises:
            ValueError: With words for a person.
        """
        if not 0 < self.port < 65536:
            raise ValueError(f"check {self.name!r}: port {self.port} is not between 1 and 65535")
        if not self.address or self.address.startswith("-"):
            raise ValueError(f"check {self.name!r}: address {self.address!r} is not a name or an address")
        _bounded(self.name, self.timeout_seconds)

    @property
    def target(self) -> str:
        """`address:port`."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """Settings of the health panel for one host.

    Attributes:
        http: HTTP checks.
        tcp: TCP checks.
        units: systemd units that must be active, such as `nginx.service`; `.service` may be left out.
    """

    http: tuple[HttpCheck, ...] = ()
    tcp: tuple[TcpCheck, ...] = ()
    units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse two checks of one name, and what is no unit.

        Raises:
            ValueError: With words for a person.
        """
        names = [one.name for one in self.http] + [one.name for one in self.tcp]
        for name in names:
            if not name or names.count(name) > 1:
                raise ValueError(f"check name {name!r} is {'used twice' if name else 'empty'}")
        for unit in self.units:
            if not re.fullmatch(r"[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}", unit):
                raise ValueError(f"{unit!r} is not the name of a systemd unit")


def json_steps(path: str) -> tuple[str | int, ...]:
    """Return the keys and indexes of a path such as `nodes[0].state` or `meta["a.b"]`.

    Raises:
        ValueError: It is not such a path.
    """
    steps: list[str | int] = []
    position = 0
    while position < len(path):
        step = _PATH_STEP.match(path, position)
        if step is None or (step[1] and bool(steps) != path[position : position + 1].startswith(".")):
            raise ValueError(f'{path!r} is not a JSON path such as status, nodes[0].state or meta["a.b"]')
        steps.append(int(step[2]) if step[2] else step[1] or step[3] or step[4] or "")
        position = step.end()
    if not steps:
        raise ValueError("a JSON path is empty")
    return tuple(steps)


def _compiles(name: str, pattern: str) -> None:
    import regex

    try:
        regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"check {name!r}: expect_body_regex is not a regular expression: {error}") from None


def _bounded(name: str, timeout_seconds: float) -> None:
    if not 0 < timeout_seconds <= 30:
        raise ValueError(f"check {name!r}: timeout {timeout_seconds} s is not above 0 and at most 30 s")
