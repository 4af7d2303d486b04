"""Who shows a certificate, and where that can be proved: programs to reload, handshakes to make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from opsconsole.recipes.certificate_renewal.names import escaped as _escape

Kind = Literal["nginx", "apache", "haproxy"]
MOST_TARGETS = 60
"""Handshakes of one proof; each takes some 40 ms."""
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Program:
    """A running web server.

    Attributes:
        kind: Which one.
        unit: Its systemd service, or empty.
        configs: Its configuration files or folders, as its command line names them; exact text.
        logs: Files to which it writes errors; exact text.
    """

    kind: Kind
    unit: str = ""
    configs: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """As the scripts read it."""
        words = ["program", self.kind, self.unit or NOTHING, *(_escape(one) for one in self.configs)]
        return " ".join(words)

    @property
    def test(self) -> str:
        """How its configuration is tested, for a person."""
        files = " ".join(self.configs)
        return {
            "nginx": "nginx -t" + (f" -c {files}" if files else ""),
            "apache": "apachectl -t",
            "haproxy": "haproxy -c -f " + (files or "/etc/haproxy/haproxy.cfg"),
        }[self.kind]

    @property
    def reload(self) -> str:
        """How it is reloaded, for a person."""
        if self.unit:
            return f"systemctl reload {self.unit}"
        return {"nginx": "SIGHUP", "apache": "SIGUSR1", "haproxy": "SIGUSR2"}[self.kind] + " to its master"


@dataclass(frozen=True, slots=True)
class Target:
    """One TLS handshake, made on the host, that must show a certificate.

    Attributes:
        kind: The program that is configured to answer there.
        address: IP address.
        port: TCP port.
        name: Server name that is asked for; empty: none.
        algorithm: `RSA` or `ECDSA` where the server has one of each, else empty.
        certificate: The file whose first certificate must be shown; exact text.
        served: SHA-256 (hex) of what is shown there now; empty: nothing answered.
    """

    kind: Kind
    address: str
    port: int
    name: str
    certificate: str
    algorithm: str = ""
    served: str = ""

    @property
    def line(self) -> str:
        """As the scripts read it."""
        name, algorithm, served = (one or NOTHING for one in (self.name, self.algorithm, self.served))
        place = f"target {self.kind} {self.address} {self.port} {name} {algorithm} {served}"
        return f"{place} {_escape(self.certificate)}"

    @property
    def shown(self) -> str:
        """For a person: `[::1]:443 www.example.org`."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{address}:{self.port} {self.name or '(no name)'}" + (
            f" ({self.algorithm})" if self.algorithm else ""
        )


@dataclass(frozen=True, slots=True)
class Serving:
    """All that shows the certificates of one run.

    Attributes:
        programs: Running servers that are told to show one of them.
        targets: Where that is proved; only such as answer now.
        copies: (certificate, key) of files that no link connects with the certificate's own, as HAProxy's;
            both the same where one file holds both; exact text.
        notes: What cannot be proved, in words, for the plan's warnings.
    """

    programs: tuple[Program, ...] = ()
    targets: tuple[Target, ...] = ()
    copies: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def lines(self) -> list[str]:
        """As the scripts read it."""
        logs = [f"log {_escape(log)}" for one in self.programs for log in one.logs]
        return [*(one.line for one in self.programs), *logs, *(one.line for one in self.targets)]

    def as_json(self) -> dict[str, Any]:
        """Return it as facts keep it."""
        return {
            "programs": [
                asdict(one) | {"configs": list(one.configs), "logs": list(one.logs)} for one in self.programs
            ],
            "targets": [asdict(one) for one in self.targets],
            "copies": [list(one) for one in self.copies],
            "notes": list(self.notes),
        }


def from_json(value: Mapping[str, Any]) -> Serving:
    """Return what `Serving.as_json` was."""
    programs = (
        Program(one["kind"], one["unit"], tuple(one["configs"]), tuple(one["logs"]))
        for one in value["programs"]
    )
    return Serving(
        tuple(programs),
        tuple(Target(**one) for one in value["targets"]),
        tuple((one[0], one[1]) for one in value["copies"]),
        tuple(value["notes"]),
    )


def details(serving: Serving) -> Iterable[str]:
    """Name what is reloaded and where it is proved, for a step."""
    for program in serving.programs:
        yield f"{program.test}, then {program.reload}"
    for target in serving.targets:
        yield f"proved at {target.shown}"
