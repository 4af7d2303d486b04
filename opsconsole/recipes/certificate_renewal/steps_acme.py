"""The steps of the acme driver: a new certificate by any ACME server (RFC 8555), in place of one in use."""

from __future__ import annotations

import shlex
from dataclasses import replace

from opsconsole.recipes.certificate_renewal import reload, steps
from opsconsole.recipes.certificate_renewal.draft import Draft
from opsconsole.recipes.certificate_renewal.names import escaped, spelt
from opsconsole.recipes.certificate_renewal.scripts import command, text
from opsconsole.recipes.certificate_renewal.served import NOTHING
from opsconsole.recipes.certificate_renewal.steps import ISSUE_SECONDS
from opsconsole.recipes.recipe import Check, Step, Undo, secret_mark


def _arguments(draft: Draft, server: str) -> list[str]:
    """Return certbot's arguments, without what binds an account from outside."""
    options = draft.options
    words = ["--non-interactive", "--agree-tos", "--cert-name", draft.bound["name"], "--server", server]
    for name in options.domains:
        words += ["-d", name]
    words += {
        "webroot": ["--webroot", "--webroot-path", options.webroot],
        "standalone": ["--standalone", "--http-01-port", str(options.http_port)],
        "nginx": ["--nginx"],
        "apache": ["--apache"],
    }[options.challenge]
    words += (
        ["--email", options.email, "--no-eff-email"]
        if options.email
        else ["--register-unsafely-without-email"]
    )
    return [*words, "--key-type", options.key_type]


def _lines(draft: Draft, server: str) -> tuple[list[str], bytes]:
    """Return what `issue.sh` reads: arguments, and the secret of the account behind them."""
    lines = [f"name {draft.bound['name']}", *(f"arg {escaped(word)}" for word in _arguments(draft, server))]
    if not draft.options.eab_kid:
        return lines, b""
    return lines, b"eab_kid " + draft.options.eab_kid.encode() + b"\neab_hmac " + secret_mark(
        "eab_hmac"
    ) + b"\n"


def rehearse(draft: Draft) -> list[Step]:
    """Return the step that tries to get the certificate."""
    if not draft.options.rehearse:
        return []
    name = draft.bound["name"]
    server = draft.options.rehearsal_server(draft.options.server)
    lines, secret = _lines(draft, server)
    proof = [f"{name} {NOTHING} {escaped(draft.bound['live'] + '/fullchain.pem')}"]
    return [
        Step(
            name="rehearse",
            title=f"Rehearse a certificate for {', '.join(draft.options.domains)}",
            commands=(
                command(
                    "issue",
                    draft.token,
                    draft.bundle,
                    "rehearse",
                    lines=lines,
                    stdin=secret,
                    deadline_seconds=ISSUE_SECONDS,
                ),
            ),
            effect="no certificate is kept; certbot may make an account at the server",
            check=Check(
                "it succeeded, and nothing was made", command("rehearsed", draft.token, "done", lines=proof)
            ),
            undo=Undo(
                "remove the account's secret, should certbot have been killed; there is nothing else",
                (command("forget_private"),),
                Check("nothing was made", command("rehearsed", draft.token, "undone", lines=proof)),
            ),
            predicted=False,
            deadline_seconds=ISSUE_SECONDS,
            details=(f"certbot certonly {' '.join(_arguments(draft, server))} --dry-run",),
        )
    ]


def keep(draft: Draft) -> list[Step]:
    """Return the step that copies what is replaced."""
    return steps.keep_step(draft)


def issue(draft: Draft) -> list[Step]:
    """Return the step that gets the certificate."""
    name, live = draft.bound["name"], draft.bound["live"]
    lines, secret = _lines(draft, draft.options.server)
    names = escaped(",".join(spelt(draft.options.domains)))
    return [
        Step(
            name="issue",
            title=f"Get a certificate for {', '.join(draft.options.domains)}",
            commands=(
                command(
                    "issue",
                    draft.token,
                    draft.bundle,
                    "issue",
                    lines=lines,
                    stdin=secret,
                    deadline_seconds=ISSUE_SECONDS,
                ),
            ),
            effect=f"a new certificate that certbot keeps as {name}, and renews",
            check=Check(
                "it is there for these names, its chain and key belong to it",
                command(
                    "renewed", draft.token, lines=[f"{name} {NOTHING} {NOTHING} {names} {escaped(live)}"]
                ),
            ),
            undo=steps.restoring(draft),
            predicted=False,
            deadline_seconds=ISSUE_SECONDS,
            details=(f"certbot certonly {' '.join(_arguments(draft, draft.options.server))}",),
        )
    ]


def place(draft: Draft) -> list[Step]:
    """Return the steps that put the new certificate in the place of the one in use."""
    if not draft.bound["replace"]:
        return []
    return [*_written(draft), _hook(draft)] if draft.bound["hook"] else _linked(draft)


def _written(draft: Draft) -> list[Step]:
    """Return the step that writes certificate, chain and key into the one file that a server has."""
    (file,) = draft.bound["replace"]
    (made,) = steps.copies(draft)
    return [
        replace(
            made,
            name="write",
            title=f"Put the new certificate, its chain and key into {file}",
            effect="one file is replaced by renaming, mode and owner as before; the key stays on the host",
        )
    ]


def _hook(draft: Draft) -> Step:
    """Return the step that has later renewals written into the file too."""
    hook, (file,) = draft.bound["hook"], draft.bound["replace"]
    units = [one.unit for one in draft.serving.programs if one.unit]
    lacking = [one.kind for one in draft.serving.programs if not one.unit]
    if lacking:
        draft.warnings.append(
            f"{' and '.join(lacking)} runs as no service of systemd: after later renewals reload it yourself"
        )
    content = (
        "#!/bin/sh\n# Written by opsconsole: after each renewal this file gets certificate, chain and key.\n"
        f"lineage={shlex.quote(draft.bound['live'])}\nfile={shlex.quote(file)}\n"
        f"units={shlex.quote(' '.join(units))}\n{text('deploy_hook')}"
    ).encode("utf-8", "surrogateescape")
    arguments = (draft.token, escaped(hook))
    return Step(
        name="hook",
        title=f"Have later renewals written into {file} too",
        commands=(command("hook", *arguments, stdin=content),),
        effect="one hook of certbot's, which writes the file and reloads after each renewal",
        check=Check("the hook is there, for root alone", command("hooked", *arguments, stdin=content)),
        undo=Undo(
            "remove the hook",
            (command("unhook", *arguments),),
            reload.back(reload.no_servers(), draft.token, gone=[hook]),
        ),
        details=(hook, *(f"reloads {unit}" for unit in units)),
    )


def _linked(draft: Draft) -> list[Step]:
    certificate, key = draft.bound["replace"]
    live = draft.bound["live"]
    pairs = [(certificate, f"{live}/fullchain.pem"), (key, f"{live}/privkey.pem")]
    lines = [f"{escaped(path)} {escaped(target)}" for path, target in pairs]
    return [
        Step(
            name="link",
            title=f"Have {certificate} and its key lead to the new certificate",
            commands=(command("link", draft.token, lines=lines),),
            effect="two files become links, so that later renewals are served too",
            check=Check("they lead to it", command("linked", draft.token, lines=lines)),
            undo=steps.restoring(draft),
            details=tuple(f"{path} → {target}" for path, target in pairs),
        )
    ]
