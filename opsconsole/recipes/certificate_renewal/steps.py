"""The steps of the certbot driver: rehearsal, copy, renewal, copies outside of certbot's folders."""

from __future__ import annotations

from opsconsole.data.units import format_duration
from opsconsole.recipes.certificate_renewal import keeping, reload
from opsconsole.recipes.certificate_renewal.draft import Draft
from opsconsole.recipes.certificate_renewal.names import escaped, spelt
from opsconsole.recipes.certificate_renewal.scripts import command
from opsconsole.recipes.certificate_renewal.served import NOTHING
from opsconsole.recipes.draft import many
from opsconsole.recipes.recipe import Check, Step, Undo

ISSUE_SECONDS = 600.0
"""For one certificate: challenges by DNS wait for minutes until the records are seen everywhere."""


def rehearse(draft: Draft) -> list[Step]:
    """Return the step that tries the renewal."""
    if not draft.options.rehearse or not draft.renewing:
        return []
    servers = {one["name"]: draft.options.rehearsal_server(one["server"]) for one in draft.renewing}
    proof = [f"{one['name']} {one['fingerprint']} {escaped(one['fullchain'])}" for one in draft.renewing]
    seconds = ISSUE_SECONDS * len(servers)
    own = [
        name
        for one in draft.renewing
        if servers[name := one["name"]] == (draft.options.server or one["server"])
    ]
    if own and not draft.options.test_server:
        draft.warnings.append(
            f"{', '.join(own)}: the rehearsal asks the same ACME server as the renewal (no test_server), "
            "where it may count"
        )
    return [
        Step(
            name="rehearse",
            title=f"Rehearse the renewal of {', '.join(servers)}",
            commands=(
                command(
                    "rehearse",
                    draft.token,
                    draft.bundle,
                    lines=[f"{name} {server}" for name, server in servers.items()],
                    deadline_seconds=seconds,
                ),
            ),
            effect="nothing is kept; certbot may make an account at the test server",
            check=Check(
                "each rehearsal succeeded, and no certificate was changed",
                command("rehearsed", draft.token, "done", lines=proof),
            ),
            undo=Undo(
                "nothing to take back",
                (command("nothing"),),
                Check("no certificate was changed", command("rehearsed", draft.token, "undone", lines=proof)),
            ),
            predicted=False,
            deadline_seconds=seconds,
            details=tuple(
                f"certbot renew --cert-name {name} --dry-run --no-random-sleep-on-renew --server {server}"
                for name, server in servers.items()
            ),
        )
    ]


def keep(draft: Draft) -> list[Step]:
    """Return the step that copies what the next ones may change."""
    if not draft.renewing and not draft.copies:
        return []
    return keep_step(draft)


def keep_step(draft: Draft) -> list[Step]:
    """Return that step, whatever the driver."""
    lines = draft.keep_lines
    return [
        Step(
            name="keep",
            title="Copy what may change, for the undo",
            commands=(command("keep", draft.token, keeping.DAYS, lines=lines, deadline_seconds=60),),
            effect=f"copies for root alone, kept for {keeping.DAYS} days; older ones of earlier runs go",
            check=Check(
                "the copies are byte for byte alike, and only root can read them",
                command("kept", draft.token, lines=lines),
            ),
            undo=Undo(
                "remove the copies",
                (command("forget", draft.token),),
                Check("the copies are gone", command("forgotten", draft.token)),
            ),
            deadline_seconds=60,
            details=(
                *(path for path, _ in draft.same),
                *(f"{path} (not there yet)" for path in draft.gone),
                *keeping.words(draft.token),
            ),
        )
    ]


def restoring(draft: Draft) -> Undo:
    """Return the undo of a step that changes certbot's files: they come back, and so does what was served."""
    return Undo(
        "put back the files that were copied, reload, and prove what is served",
        (
            command("restore", draft.token, lines=draft.keep_lines, deadline_seconds=60),
            reload.again(draft.serving, draft.token),
        ),
        reload.back(draft.serving, draft.token, same=draft.same, gone=draft.gone),
    )


def renew(draft: Draft) -> list[Step]:
    """Return the step that renews."""
    if not draft.renewing:
        return []
    now = draft.shown["now"]
    proof, details = [], []
    for one in draft.renewing:
        names = escaped(",".join(spelt(one["names"]))) or NOTHING
        proof.append(f"{one['name']} {one['fingerprint']} {one['not_after']} {names} {escaped(one['live'])}")
        left = one["not_after"] - now
        details.append(
            f"{one['name']}: {one['key']}, {format_duration(left) + ' left' if left > 0 else 'expired'}, "
            f"by {one['authenticator']} at {draft.options.server or one['server'] or 'its default server'}, "
            f"sha256 {one['fingerprint'][:12]}…; {', '.join(one['names'][:10])}"
        )
        if not one["autorenew"]:
            details.append(f"{one['name']}: autorenew is off in {one['conf']}: with --force-renewal")
        details += [f"hook: {hook}" for hook in one["hooks"]]
    seconds = ISSUE_SECONDS * len(draft.renewing)
    server = draft.options.server or NOTHING
    lines = [f"{one['name']} {server} {'yes' if draft.forced(one) else 'no'}" for one in draft.renewing]
    return [
        Step(
            name="renew",
            title=f"Renew {', '.join(one['name'] for one in draft.renewing)}",
            commands=(
                command(
                    "renew",
                    draft.token,
                    draft.bundle,
                    lines=lines,
                    deadline_seconds=seconds,
                ),
            ),
            effect=f"{many(len(draft.renewing), 'new certificate')}; certbot's hooks run",
            check=Check(
                "each is new, good for as long and for the same names, its chain and key belong to it",
                command("renewed", draft.token, lines=proof),
            ),
            undo=restoring(draft),
            predicted=False,
            deadline_seconds=seconds,
            details=tuple(details),
        )
    ]


def copies(draft: Draft) -> list[Step]:
    """Return the step that brings copies outside of certbot's folders up to date."""
    if not draft.copies:
        return []
    lines = [" ".join(escaped(path) for path in one) for one in draft.copies]
    return [
        Step(
            name="copies",
            title="Bring copies up to date",
            commands=(command("copies", draft.token, lines=lines),),
            effect="the new certificate and key in place of the old, unless a hook of certbot's wrote them",
            check=Check(
                "each copy holds the new certificate and its key", command("copied", draft.token, lines=lines)
            ),
            undo=Undo(
                "put the copied files back",
                (
                    command(
                        "restore",
                        draft.token,
                        lines=[line for line in draft.keep_lines if line.startswith("copy ")],
                    ),
                ),
                reload.back(
                    reload.no_servers(),
                    draft.token,
                    same=[one for one in draft.same if one[1].startswith("copy.")],
                ),
            ),
            details=tuple(
                certificate if certificate == key else f"{certificate}, key {key}"
                for _, certificate, key in draft.copies
            ),
        )
    ]
