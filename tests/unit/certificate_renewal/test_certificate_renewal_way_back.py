"""The copies for the undo and the way back by them, on a folder of their own: others lose nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from opsconsole.recipes.certificate_renewal import facts_acme, options
from opsconsole.recipes.certificate_renewal.files_look import FileAt, Look
from opsconsole.recipes.certificate_renewal.scripts import script
from opsconsole.recipes.recipe import PlanError
from tests.unit.certificate_renewal.certificate_renewal_samples import acme_planned, found, kept, pem, values

SHELLS = [["dash"], ["busybox", "ash"], ["bash", "--posix"]]
SHELLS = [words for words in SHELLS if shutil.which(words[0])] or [["sh"]]
TOKEN = "0123456789abcdef"


class Host:
    """A host's folders, below one of the test's."""

    def __init__(self, root: Path, sh: list[str]) -> None:
        self.root, self.sh = root, sh
        self.certbot = root / "etc"
        self.used = root / "used.pem"
        self.used.write_text("in use\n")
        for folder in ("live", "archive", "renewal", "csr", "keys"):
            (self.certbot / folder).mkdir(parents=True)
        for folder in ("csr", "keys"):
            (self.certbot / folder / "0000_others.pem").write_text("of another lineage\n")

    @property
    def lines(self) -> str:
        places = f"{self.certbot}/live/a {self.certbot}/archive/a {self.certbot}/renewal/a.conf"
        return f"lineage a {places}\ncopy 0 {self.used}\n"

    def run(
        self, name: str, *arguments: str, lines: str = "", instead: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Run a script of the recipe; its status and what it said."""
        text = script(name)
        places = {
            "/etc/letsencrypt": self.certbot,
            "/var/lib/opsconsole": self.root / "kept",
            "/run /dev/shm /tmp": self.root,
        }
        for old, new in {**places, **(instead or {})}.items():
            text = text.replace(old, str(new))
        done = subprocess.run(
            [*self.sh, "-c", text, name, TOKEN, *arguments],
            input=lines or self.lines,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, "PATH": f"{self.root}/bin:{os.environ['PATH']}"},
        )
        return done.returncode, done.stdout

    def certbot_is(self, lines: str) -> None:
        """Have a certbot that does something."""
        tool = self.root / "bin" / "certbot"
        tool.parent.mkdir()
        tool.write_text(f"#!/bin/sh\n{lines}\n")
        tool.chmod(0o700)

    def issue(self, number: str = "0001") -> None:
        """Have what certbot makes of a new lineage, and the file in use lead there."""
        for folder in ("live", "archive"):
            (self.certbot / folder / "a").mkdir()
        for name in ("cert", "chain", "fullchain", "privkey"):
            (self.certbot / "archive" / "a" / f"{name}1.pem").write_text(f"new {name}\n")
            (self.certbot / "live" / "a" / f"{name}.pem").symlink_to(f"../../archive/a/{name}1.pem")
        (self.certbot / "renewal" / "a.conf").write_text("conf\n")
        self.made(number)
        self.used.unlink()
        self.used.symlink_to(self.certbot / "live" / "a" / "fullchain.pem")

    def made(self, number: str) -> None:
        for folder in ("csr", "keys"):
            (self.certbot / folder / f"{number}_certbot.pem").write_text("made\n")

    @property
    def files(self) -> Mapping[str, str]:
        every = (one for one in self.certbot.rglob("*") if one.is_file() or one.is_symlink())
        return {str(one.relative_to(self.certbot)): one.read_text() for one in every}


@pytest.fixture(params=SHELLS, ids=lambda words: words[0])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    return Host(tmp_path, request.param)


def list_made(host: Host) -> None:
    """Run what `issue.sh` and `renew.sh` end with."""
    text = script("nothing", ("certbot",)).replace("/etc/letsencrypt", str(host.certbot))
    text += f"keep='{host.root}/kept/certificate-renewal/{TOKEN}'; list_made"
    subprocess.run([*host.sh, "-c", text], check=True)


def test_a_new_lineage_goes_and_nothing_else(host: Host) -> None:
    before = host.files
    assert host.run("keep", "30")[0] == 0
    host.issue()
    list_made(host)
    # Weeks later another lineage was renewed, and this one.
    host.made("0002")
    host.made("0003")
    (host.certbot / "archive" / "a" / "privkey2.pem").write_text("next key\n")
    (host.certbot / "keys" / "0003_certbot.pem").write_text("next key\n")
    status, said = host.run("restore")
    assert status == 0, said
    assert host.files == {**before, "csr/0002_certbot.pem": "made\n", "keys/0002_certbot.pem": "made\n"}
    assert not host.used.is_symlink()
    assert host.used.read_text() == "in use\n"


def test_what_certbot_left_half_done_goes_too(host: Host) -> None:
    before = host.files
    assert host.run("keep", "30")[0] == 0
    host.made("0001")
    (host.certbot / "renewal" / "a.conf").write_text("")
    (host.certbot / "renewal" / "a.conf.new").write_text("half")
    (host.certbot / "archive" / "a").mkdir()
    assert host.run("restore")[0] == 0
    assert host.files == before
    assert not (host.certbot / "archive" / "a").exists()


def test_the_first_key_that_certbot_ever_made_goes_too(host: Host) -> None:
    for folder in ("csr", "keys"):
        shutil.rmtree(host.certbot / folder)
    assert host.run("keep", "30")[0] == 0
    for folder in ("csr", "keys"):
        (host.certbot / folder).mkdir()
    host.issue("0000")
    assert host.run("restore")[0] == 0
    assert host.files == {}


def test_a_list_that_cannot_be_written_is_no_copy(host: Host) -> None:
    before = host.files
    status, said = host.run("keep", "30", instead={'"$keep/list.$folder"': "/dev/full"})
    assert status == 1
    assert "cannot list" in said
    # Nothing is taken away by such a copy.
    status, said = host.run("restore")
    assert status == 1
    assert "is not whole" in said
    assert host.files == before


def test_the_file_in_use_is_back_before_what_it_leads_to_goes(host: Host) -> None:
    """Where it cannot be put back, all that it leads to stays: whoever starts a server then finds it."""
    assert host.run("keep", "30")[0] == 0
    host.issue()
    made = host.files
    copy = host.root / "kept" / "certificate-renewal" / TOKEN / "copy.0"
    copy.unlink()  # as a disk that cannot be read
    status, said = host.run("restore")
    assert status == 1
    assert "cannot put" in said
    assert host.files == made
    assert host.used.read_text() == "new fullchain\n"


@pytest.mark.parametrize("folder", ["live", "archive"])
async def test_what_is_left_of_another_lineage_is_in_the_way(
    monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    taken = f"/etc/letsencrypt/{folder}/a.test"

    async def look(_shell: object, paths: list[str]) -> Look:
        return Look(
            {path: FileAt(path, kind="other" if path == taken else "missing") for path in paths}, True, 0, {}
        )

    monkeypatch.setattr(facts_acme, "look", look)
    texts = {"driver": "acme", "domains": "a.test", "server": "https://ca.test/dir", "webroot": "/var/www"}
    wanted = options.read(values(**texts))
    with pytest.raises(PlanError, match=f"name: {taken} is there, though certbot keeps no a.test: move it"):
        await facts_acme.read(object(), wanted, found(kept("b.test")))  # type: ignore[arg-type]


@pytest.mark.parametrize("there", [False, True], ids=["new", "in-use"])
def test_a_certbot_that_was_killed_leaves_no_answer_in_the_web_root(host: Host, there: bool) -> None:
    web = host.root / "web"
    challenges = web / ".well-known" / "acme-challenge"
    web.mkdir()
    if there:
        challenges.mkdir(parents=True)
        (challenges / "theirs").write_text("theirs.thumbprint")
    killed = f"mkdir -p {challenges}; printf ours.thumbprint >{challenges}/ours; kill -KILL $$"
    host.certbot_is(f'echo "Requesting a certificate"; {killed}')
    assert host.run("keep", "30")[0] == 0
    status, said = host.run("issue", "-", "issue", lines=f"arg --webroot-path\narg {web}\nname a\n")
    assert status == 1
    assert said.splitlines()[-1].startswith("certbot was ended by signal 9, from outside")
    assert [str(one.relative_to(web)) for one in sorted(web.rglob("*"))] == (
        [".well-known", ".well-known/acme-challenge", ".well-known/acme-challenge/theirs"] if there else []
    )


def test_a_challenge_that_fails_is_certbots_own_to_take_back(host: Host) -> None:
    challenges = host.root / "web" / ".well-known" / "acme-challenge"
    challenges.mkdir(parents=True)
    host.certbot_is(f"printf new.thumbprint >{challenges}/new; exit 1")
    assert host.run("keep", "30")[0] == 0
    status, said = host.run("issue", "-", "issue", lines=f"arg --webroot-path\narg {host.root}/web\nname a\n")
    assert status == 1
    assert "signal" not in said
    assert (challenges / "new").exists()  # of another client, at this moment, for all we know


def test_a_file_of_both_that_cannot_be_written_is_not_told_as_written(host: Host) -> None:
    """On a full disk the copy of it fails; the file in use stays, and the command says so itself."""
    assert host.run("keep", "30")[0] == 0
    host.issue()
    live = host.certbot / "live" / "a"
    # More than a pipe holds: who writes into it finds nobody, and would say so as the last word.
    live.joinpath("fullchain.pem").write_bytes(pem("a.test") + b"#" * 200_000)
    file = host.root / "both.pem"
    file.write_text(pem("b.test").decode() + "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n")
    before = file.read_text()
    lines = f"{live} {file} {file}\n"
    # As in a unit of systemd, which ignores SIGPIPE.
    instead = {'cp -p -- "$1" "$draft"': "false", "others() {": "trap '' PIPE; others() {"}
    status, said = host.run("copies", lines=lines, instead=instead)
    assert (status, said) == (1, f"{file} cannot be written\n")
    assert file.read_text() == before
    assert host.run("copies", lines=lines) == (0, f"{file}: written\n")


SECRET = "eab_kid kid-1\neab_hmac c2VjcmV0\n"


@pytest.fixture
def private(host: Host) -> Path:
    """Return the secret of an account as a certbot leaves it that was killed together with the script."""
    host.certbot_is("kill -KILL $PPID")
    assert host.run("keep", "30")[0] == 0
    status, _ = host.run("issue", "-", "issue", lines=f"name a\n{SECRET}")
    file = host.root / "opsconsole-certificate-renewal" / TOKEN / "eab.ini"
    assert (status, file.read_text()) == (-9, "eab-kid = kid-1\neab-hmac-key = c2VjcmV0\n")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    return file


def test_the_secret_goes_when_certbot_ends(host: Host) -> None:
    seen = host.root / "seen"
    host.certbot_is(f'while [ "$1" != --config ]; do shift; done; cp -- "$2" {seen}; exit 1')
    assert host.run("keep", "30")[0] == 0
    status, _ = host.run("issue", "-", "issue", lines=f"name a\n{SECRET}")
    assert status == 1
    assert seen.read_text() == "eab-kid = kid-1\neab-hmac-key = c2VjcmV0\n"
    assert not list(host.root.rglob("eab.ini"))


def test_an_undo_removes_the_secret_that_a_killed_run_left(host: Host, private: Path) -> None:
    status, said = host.run("restore")
    assert status == 0, said
    assert not private.exists()


def test_the_secret_goes_though_there_is_nothing_else_to_take_back(host: Host, private: Path) -> None:
    shutil.rmtree(host.root / "kept")
    assert host.run("restore")[0] == 1
    assert not private.exists()


def test_the_undo_of_a_rehearsal_removes_the_secret_and_proves_it(host: Host, private: Path) -> None:
    plan = acme_planned("/etc/nginx/a.pem", "/etc/nginx/a.key")
    undo = plan.steps[0].undo
    assert undo is not None
    (command,) = undo.commands
    proof = f"a - {host.certbot}/live/a/fullchain.pem\n"
    status, said = host.run("rehearsed", "undone", lines=proof)
    assert status == 1
    assert f"the secret of the CA's account is still in {private}" in said
    name = command.argv[3].removeprefix("certificate-renewal-").replace("-", "_")
    assert host.run(name) == (0, "")
    assert not private.exists()
    assert host.run("rehearsed", "undone", lines=proof)[0] == 0


@pytest.mark.parametrize("script_", ["keep", "files_keep", "issue"])
def test_the_next_run_removes_the_secret_of_a_killed_one(host: Host, private: Path, script_: str) -> None:
    left = private.parent.parent / "another-run" / "eab.ini"
    private.parent.rename(left.parent)
    arguments = ("-", "issue") if script_ == "issue" else ("30",)
    host.run(script_, *arguments, lines=f"{host.used} target\n" if script_ == "files_keep" else "")
    assert not left.exists()


def test_what_others_put_there_is_not_removed(host: Host, private: Path) -> None:
    """A folder in /tmp may be anybody's."""
    private.parent.parent.chmod(0o755)
    host.run("forget_private")
    assert private.exists()
