"""Steps of the files driver: copies for the undo, and the new certificate and key in their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsconsole.data.host import Command
from opsconsole.recipes.certificate_renewal import keeping, reload
from opsconsole.recipes.certificate_renewal.files_options import Options
from opsconsole.recipes.certificate_renewal.names import escaped
from opsconsole.recipes.certificate_renewal.scripts import command
from opsconsole.recipes.certificate_renewal.served import NOTHING, Serving
from opsconsole.recipes.recipe import Check, Step, Undo, secret_mark

Files = Mapping[str, Mapping[str, Any]]
"""`target`, and `key` unless one file holds both -> what it is (`files_facts`)."""


def keep(files: Files, token: str) -> Step:
    """Return the step that copies what is replaced to a folder that only root can enter."""
    lines = _lines(files)
    paths = " and ".join(str(one["path"]) for one in files.values())
    return Step(
        name="keep",
        title=f"Keep a copy of {paths}",
        commands=(command("files_keep", token, keeping.DAYS, lines=lines, parts=("same",)),),
        effect=f"{len(files)} {'files' if len(files) > 1 else 'file'} copied to a folder of root's alone,"
        f" kept for {keeping.DAYS} days; older copies of earlier runs go",
        check=Check(
            "the copies are the same, byte for byte, with mode and owner",
            command("files_kept", token, lines=lines, parts=("same",)),
        ),
        undo=Undo(
            "remove the copies",
            (command("files_forget", token, lines=lines, parts=()),),
            Check("the copies are gone", command("files_forgotten", token, parts=())),
        ),
        deadline_seconds=60,
        details=keeping.words(token),
    )


def install(
    wanted: Options, bound: Mapping[str, Any], shown: Mapping[str, Any], serving: Serving, token: str
) -> Step:
    """Return the step that puts the new certificate and key in their places."""
    files: Files = bound["files"]
    lines = _lines(files)
    targets = [escaped(str(one["path"])) for one in files.values()]
    same = [(str(one["path"]), name) for name, one in files.items()]
    certificate = wanted.certificate.encode()
    what = "certificate with its key" if bound["combined"] else "certificate and its key"
    return Step(
        name="install",
        title=f"Put the new {what} in the place of the old",
        commands=(
            *_staged(files, certificate, str(shown["new_print"]), wanted.key_public, token),
            command("files_swap", token, lines=targets, parts=("files_common",)),
        ),
        effect=f"{len(files)} {'files are' if len(files) > 1 else 'file is'} replaced by renaming, with mode,"
        " owner and SELinux context as before",
        check=Check(
            "the certificate is in its place, the key belongs to it, mode and owner are as before",
            command("files_placed", token, lines=_proof(bound, shown, wanted), parts=("tls", "files_common")),
        ),
        undo=Undo(
            "put the copies back, test the configuration and reload where the old one is not shown",
            (
                command("files_restore", token, lines=lines, parts=("same", "files_common")),
                reload.again(serving, token),
            ),
            reload.back(serving, token, same=same),
        ),
        deadline_seconds=60,
        details=tuple(_details(files, shown)),
    )


def _staged(files: Files, certificate: bytes, print_: str, public: str, token: str) -> tuple[Command, ...]:
    key = secret_mark("key")
    contents = (
        [("target", certificate, print_, NOTHING), ("key", key, NOTHING, public)]
        if "key" in files
        else [("target", certificate + key, print_, public)]
    )
    return tuple(
        command(
            "files_stage",
            token,
            escaped(str(files[name]["path"])),
            wanted_print,
            wanted_public,
            stdin=content,
            parts=("tls", "files_common"),
        )
        for name, content, wanted_print, wanted_public in contents
    )


def _proof(bound: Mapping[str, Any], shown: Mapping[str, Any], wanted: Options) -> list[str]:
    files: Files = bound["files"]
    target = escaped(str(files["target"]["path"]))
    if "key" not in files:
        return [f"{target} target {shown['new_print']} {wanted.key_public} {NOTHING}"]
    return [
        f"{target} target {shown['new_print']} {NOTHING} {shown['sha256']}",
        f"{escaped(str(files['key']['path']))} key {NOTHING} {wanted.key_public} {NOTHING}",
    ]


def _lines(files: Files) -> list[str]:
    return [f"{escaped(str(one['path']))} {name}" for name, one in files.items()]


def _details(files: Files, shown: Mapping[str, Any]) -> list[str]:
    lines = [f"old: {shown['old']}", f"new: {shown['new']}"]
    lines.append(f"its chain: {', '.join(shown['chain']) or 'none'}")
    for name, one in files.items():
        context = "" if one["context"] in (NOTHING, "?") else f", {one['context']}"
        lines.append(f"{one['path']}: mode {one['stat'].partition(' ')[0]}, {one['owner']}{context} are kept")
        others = [label for label in one["labels"] if label == "DH PARAMETERS"]
        if name == "target" and others:
            lines.append(f"{one['path']}: its {', '.join(others)} are kept")
    return lines
