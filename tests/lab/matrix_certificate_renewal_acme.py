"""The failure matrix of certificate-renewal's driver `acme`: every step and fault, and where each is tried.

The driver's own steps meet every fault of theirs in `test_certificate_renewal_acme_matrix`. Those that it has
in common with the driver `certbot` meet there what the driver's own steps have a part in: the way back from a
reload, and the facts that they rest on. All else about them is the same script with the same runner, and is
tried with certbot's. `tests/unit/certificate_renewal` holds that no pair is missing, that the
shared steps are the same, and that what is tried elsewhere is tried there.
"""

from __future__ import annotations

from tests.lab import matrix

FAULTS = (*matrix.FAULTS, "console-killed", "drift")

OWN = ("rehearse", "issue", "link", "write", "hook")
SHARED = ("keep", "reload", "enable-timer", "prove")
LINKED = ("keep", "issue", "link", "reload", "enable-timer", "prove")
"""The plan for a certificate and a key in files of their own; a rehearsal may come first."""
WRITTEN = ("keep", "issue", "write", "hook", "reload", "enable-timer", "prove")
"""The plan for one file with both."""

HERE = {
    ("reload", "postcondition-false"),
    ("reload", "console-killed"),
    *((name, "drift") for name in SHARED),
}
"""Of shared steps, what is tried with this driver."""
CERTBOTS = {(name, fault) for name in SHARED for fault in FAULTS} - HERE
"""Of shared steps, what is tried in `test_certificate_renewal_matrix`."""

_BEFORE = (
    "it strikes before the step's intent is written, so that nothing of the step takes part: tried once with"
    " this driver, and at each step of certbot's"
)
ONCE = {
    (name, fault): _BEFORE
    for fault, names in {
        "lock-held": ("rehearse", "issue"),  # held by another from the start, and taken away on the way
        "wrong-sudo-password": ("issue",),
        "ledger-not-writable": ("issue",),
    }.items()
    for name in OWN
    if name not in names
}
"""(step, fault) -> why another step stands for it."""
IMPOSSIBLE = {
    (
        "prove",
        "drift",
    ): "it changes nothing and rests on no fact of its own: what it compares with are the facts"
    " of the other steps, and the first of those refuses when they changed",
}
"""(step, fault) -> why it cannot happen."""
WITHOUT = {*CERTBOTS, *ONCE, *IMPOSSIBLE}
