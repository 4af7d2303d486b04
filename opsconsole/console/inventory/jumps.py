"""Jump chains: each host's way, hop by hop, with the hops' own jumps in front."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from opsconsole.console.sources.origin import Located, Origin
from opsconsole.console.sources.problem import Problem, did_you_mean
from opsconsole.console.sources.ssh_config import Hop, parse_hop
from opsconsole.data.host import Host

FindHop = Callable[[Hop, str], Host]


HOPS_LIMIT = 32


class JumpError(Exception):
    """A way that does not end.

    Attributes:
        names: The hosts of the circle, or the first of a way that is too long.
        key: The same for the same mistake, wherever one comes upon it.
    """

    def __init__(self, names: Sequence[str], what: str, key: str) -> None:
        self.names = tuple(names)
        self.key = key
        super().__init__(f"{what}: {' → '.join(names)}")


def _circle(names: Sequence[str]) -> JumpError:
    return JumpError(names, "the jump hosts lead in a circle", " ".join(sorted(set(names))))


class JumpChains:
    """Expands the jumps of all hosts as OpenSSH would.

    Of `jump = a, b` ssh opens `a` as configured, so by a's own jump, and `b` through `a` whatever b's own
    jump says. So a chain is the first hop's own chain, then the hops as written.

    Args:
        hosts: The inventory's hosts, with their jumps as written.
        find_hop: Makes the host of a hop that is not in the inventory, or is with another user or port.
    """

    def __init__(self, hosts: Mapping[str, Host], find_hop: FindHop) -> None:
        self._hosts = hosts
        self._find_hop = find_hop
        self._chains: dict[str, tuple[str, ...]] = {}
        self.hops: dict[str, Host] = {}

    def chain(self, host: Host, way: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return all hops to a host, first hop first.

        Raises:
            JumpError: The way leads through a host twice, or through too many.
        """
        if host.name in way:
            raise _circle([*way[way.index(host.name) :], host.name])
        if len(way) > HOPS_LIMIT:
            raise JumpError([*way[:3], "…"], f"more than {HOPS_LIMIT} jump hosts in a row", "long")
        if host.name in self._chains:
            return self._chains[host.name]
        chain: tuple[str, ...] = ()
        for number, text in enumerate(host.jump):
            hop = self._hop(text)
            if hop.name == host.name:
                raise _circle([host.name, host.name])
            own = self.chain(hop, (*way, host.name)) if number == 0 else ()
            if host.name in own:
                raise _circle([host.name, hop.name, host.name])
            chain = (*chain, *own, text)
        self._chains[host.name] = chain
        return chain

    def _hop(self, text: str) -> Host:
        if text in self._hosts:
            return self._hosts[text]
        if text not in self.hops:
            self.hops[text] = self._find_hop(parse_hop(text), text)
        return self.hops[text]

    def expanded_hops(self) -> dict[str, Host]:
        """Return the hops that are not in the inventory, with their own chains."""
        return {text: replace(hop, jump=self._chains.get(hop.name, ())) for text, hop in self.hops.items()}


def jump_problem(error: JumpError, origins: Mapping[str, Origin], met_at: Origin) -> Problem:
    """Return what to tell of it: every host that is named, with the line of its jump.

    Args:
        error: The mistake.
        origins: Host name -> where its `jump` stands.
        met_at: Where the jump stands that led to it.
    """
    known = [(name, origins[name]) for name in dict.fromkeys(error.names) if name in origins]
    places = ", ".join(f"{name} at {origin}" for name, origin in known)
    found = str(error)
    return Problem.at(
        known[0][1] if known else met_at, "", found, hint=f"their jumps: {places}" if places else ""
    )


def unknown_hop_warning(hop: Hop, located: Located, names: Sequence[str]) -> str:
    """Return a warning for a hop that looks like a misspelt host; empty when it does not."""
    if hop.host in names or "." in hop.host or ":" in hop.host:
        return ""
    hint = did_you_mean(hop.host, names)
    return f"{located.origin}: jump host {hop.host} is not in the inventory; {hint}" if hint else ""
