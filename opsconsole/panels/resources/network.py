"""Network rates from /proc/net/dev.

The total must count each byte once, and /proc/net/dev tells only names. Counted are interfaces whose
name is not of a kind that carries the traffic of another interface on this host: bridges, bonds and teams
(their members count), VLANs (their parent counts), tunnels (their packets leave through a counted one),
container and virtual machine ends, dummies. A bridge or VLAN with a name of its own choice cannot be told
from a card and is counted; where only such names exist (some containers), all but lo are counted.
"""

from __future__ import annotations

import re

from opsconsole.data.text import clean_line
from opsconsole.panels.resources.blocks import rate
from opsconsole.panels.resources.reading import Interface

_NOT_COUNTED = (
    rb"lo\d*:|veth|docker|br\d|br-|virbr|vmbr|lxcbr|lxdbr|bridge|bond|team|vlan|[^\s:@]+\.\d+:|tun|tap|utun|wg\d"
    rb"|dummy|ifb|cni|flannel|cali|cilium|lxc|vnet|kube-|nodelocaldns|vxlan|geneve|gre|gretap|erspan|sit|ip6tnl"
    rb"|tunl|ip_vti|ip6_vti|ip6gre|macvlan|macvtap|ipvlan|ovs-|genev_sys|vxlan_sys|fwbr|fwpr|fwln|weave|datapath"
    rb"|podman|zt[a-z0-9]{8}|tailscale|nlmon|vrf|vcan|can\d|usbmon|awdl|llw|anpi|ap\d|gif|stf"
)
_SKIP = rb" +\d{1,20}"
# Columns: rx bytes packets errs drop fifo frame compressed multicast, tx bytes packets errs drop …
_RECEIVED_SENT = rb": *(\d{1,20})" + _SKIP * 7 + rb" +(\d{1,20})"
# Each begins with the newline before its line: `^` is tried at every byte, which takes four times as long.
COUNTED = re.compile(rb"\n *(?!" + _NOT_COUNTED + rb")([^\s:]{1,32})" + _RECEIVED_SENT)
_ANY = re.compile(rb"\n *(?!lo\d*:)([^\s:]{1,32})" + _RECEIVED_SENT)
_FULL = re.compile(rb"^ *(?!lo\d*:)([^\s:]{1,32}):((?: *\d{1,20}){12})", re.MULTILINE)

Counters = tuple[tuple[bytes, int, int], ...]
"""Name, bytes received, bytes sent: a thousand hosts keep two of these, so no dictionary."""


def counters(net_dev: bytes) -> Counters:
    """Return (received, sent) bytes of each counted interface."""
    lines = b"\n" + net_dev
    found = COUNTED.findall(lines) or _ANY.findall(lines)
    return tuple((name, int(received), int(sent)) for name, received, sent in found)


def totals(now: Counters, before: Counters, seconds: float) -> tuple[float | None, float | None]:
    """Return the received and sent bytes per second over interfaces present in both samples.

    None where there is none such, or one went backwards (a reset, or 32 bits wrapped).
    """
    received = sent = 0
    common = False
    known = {name: (received_before, sent_before) for name, received_before, sent_before in before}
    for name, received_now, sent_now in now:
        earlier = known.get(name)
        if earlier is None:
            continue
        if received_now < earlier[0] or sent_now < earlier[1]:
            return None, None
        received += received_now - earlier[0]
        sent += sent_now - earlier[1]
        common = True
    return (received / seconds, sent / seconds) if common and seconds > 0 else (None, None)


def interfaces(now: bytes, before: bytes, seconds: float) -> tuple[Interface, ...]:
    """Return every interface but lo, busiest first; rates are None for one not in the earlier sample."""
    earlier = dict(_FULL.findall(before))
    counted = {name for name, *_ in counters(now)}
    found = [
        _interface(name, fields, earlier.get(name), seconds, counted=name in counted)
        for name, fields in _FULL.findall(now)
    ]
    return tuple(
        sorted(found, key=lambda one: -((one.rx_bytes_per_second or 0.0) + (one.tx_bytes_per_second or 0.0)))
    )


def _interface(
    name: bytes, fields: bytes, earlier: bytes | None, seconds: float, *, counted: bool
) -> Interface:
    rates: list[float | None] = [None] * 12
    if earlier is not None:
        pairs = zip(fields.split(), earlier.split(), strict=False)
        rates = [rate(int(new), int(old), seconds) for new, old in pairs]
        rates += [None] * (12 - len(rates))
    rx_bytes, rx_packets, rx_errors, rx_drops, *_, tx_bytes, tx_packets, tx_errors, tx_drops = rates
    return Interface(
        name=clean_line(name, 32),
        counted=counted,
        rx_bytes_per_second=rx_bytes,
        tx_bytes_per_second=tx_bytes,
        rx_packets_per_second=rx_packets,
        tx_packets_per_second=tx_packets,
        errors_per_second=_sum(rx_errors, tx_errors),
        drops_per_second=_sum(rx_drops, tx_drops),
    )


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
