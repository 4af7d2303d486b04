"""Old logs on real hosts: deleted, quarantined, compressed; with names and folders that want to do harm."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from opsconsole.recipes.document import from_document, to_document
from opsconsole.recipes.log_rotation.names import show
from opsconsole.recipes.recipe import UNTOUCHED_STATUS, Plan, PlanError, Step
from tests.lab import claims
from tests.lab.log_rotation_lab import (
    ExecShell,
    apply,
    apply_all,
    holds,
    job,
    planned,
    sh,
    small_disk,
    take_back,
    values,
)

pytestmark = pytest.mark.lab

GNU, BUSYBOX = "web1", "busy1"
HOSTS = [GNU, BUSYBOX]
HOSTILE = [
    b"new\nline.log.1",
    b"-rf.log.1",
    b"two  blanks .log.1",
    b"quote'\"`$(touch pwned);&|.log.1",
    b"back\\slash\\0101.log.1",
    b"bytes \xff\xfe\x81\x88.log.1",
    b"end\n.log.1",
    b"*?[a].log.1",
    bytes(range(1, 47)) + bytes(range(48, 140)) + b".log.1",
    "ü-\u202e.log.1".encode(),
    b"x" * 247 + b".log.1" + b"99",
]
LISTING = r"find {} -printf '%P %y %i %s %T@ %m %U %G %n %l\0' | sort -z | tr '\0' '\n'"
OLD = "touch -d '2020-01-01 00:00:00' --"


def named(plan: Plan, name: str) -> Step:
    return next(step for step in plan.steps if step.name == name)


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def hostile_files(host: str, folder: str) -> None:
    """Make a file of each hostile name, with 12 KiB that compress well."""
    octal = "\n".join("".join(f"\\0{byte:03o}" for byte in name) for name in HOSTILE)
    script = f"""cd {folder} || exit 1
    while read -r escaped; do
      name=$(printf '%bx' "./$escaped"); name=${{name%x}}
      seq 1 2500 >"$name"; touch -d '2020-01-01 00:00:00' -- "$name"
    done"""
    sh(host, script, stdin=octal + "\n")


@pytest.mark.parametrize(("host", "program"), [(GNU, "sh"), (GNU, "bash --posix"), (BUSYBOX, "sh")])
async def test_hostile_names_are_compressed_unpacked_and_deleted(host: str, program: str) -> None:
    folder = "/run/lab-d-hostile"
    sh(host, f"rm -rf {folder}; mkdir {folder}; cd {folder}; echo live >live.log; mkdir 'sub\nfolder'; "
       f"seq 1 5000 >'sub\nfolder/a.log.2'; {OLD} 'sub\nfolder/a.log.2'")  # fmt: skip
    hostile_files(host, folder)
    shell = ExecShell(host, program)
    before = sh(host, f"cd {folder}; find . -type f -exec cksum {{}} + | sort")
    try:
        plan = await planned(shell, values(paths=folder, patterns="*.log.[0-9]*", delete="no", keep="0"))
        plan = from_document(to_document(plan))
        assert names(plan) == ["compress-rotated", "prove"]
        step = named(plan, "compress-rotated")
        # The longest name has no room for `.gz`: it stays as it is.
        assert len(step.details) == len(HOSTILE)
        assert all(line.isprintable() for line in step.details)
        evidence = await apply(shell, step)
        assert f"{len(HOSTILE)} of {len(HOSTILE)} files are compressed" in evidence
        assert (
            int(
                sh(host, f"find {folder} -name '*.gz' | tr -dc '\\0' | wc -c; ls {folder} | wc -l").split()[0]
            )
            == 0
        )
        await take_back(shell, step)
        assert sh(host, f"cd {folder}; find . -type f -exec cksum {{}} + | sort") == before

        plan = await planned(shell, values(paths=folder, patterns="*.log.[0-9]*", keep="0", compress="no"))
        assert len(named(plan, "delete-old").details) == len(HOSTILE) + 1
        assert any(show(HOSTILE[0]) in line for line in named(plan, "delete-old").details)
        await apply_all(shell, plan)
        assert sh(host, f"cd {folder}; find . -type f").split() == ["./live.log"]
    finally:
        sh(host, f"rm -rf {folder}")


@pytest.mark.parametrize("host", HOSTS)
async def test_links_are_never_followed(host: str) -> None:
    """Folders that are links, files that are links, and a folder that becomes a link after the plan."""
    folder = "/run/lab-d-links"
    sh(
        host,
        f"""rm -rf {folder} {folder}-out; mkdir -p {folder}/real/deep {folder}-out; cd {folder}
    for name in {folder}-out/secret.log.1 real/a.log.1 real/deep/b.log.1; do
      echo x >$name; touch -d '2020-01-01 00:00:00' $name; done
    ln -s {folder}-out folder; ln -s {folder}-out/secret.log.1 link.log.1; ln -s {folder} {folder}-out/root
    """,
    )
    shell = ExecShell(host)
    try:
        given = values(paths=folder, keep="0", compress="no")
        plan = await planned(shell, given)
        assert [line.split()[-1] for line in named(plan, "delete-old").details] == [
            f"{folder}/real/a.log.1", f"{folder}/real/deep/b.log.1"]  # fmt: skip
        with pytest.raises(PlanError, match="symbolic link is in its path"):
            await planned(shell, values(paths=f"{folder}-out/root"))
        # The folder is swapped for a link to one with a file of the same name.
        sh(host, f"cp -p {folder}/real/deep/b.log.1 {folder}-out/b.log.1; cd {folder}/real; "
           f"mv deep deep2; ln -s {folder}-out deep")  # fmt: skip
        output = await job(shell, named(plan, "delete-old").commands)
        assert output.exit_status == UNTOUCHED_STATUS
        assert b"a link or nothing" in output.stdout
        assert b"nothing was deleted" in output.stdout
        assert sh(host, f"ls {folder}-out {folder}/real/a.log.1 {folder}/real/deep2") .split() == [
            f"{folder}/real/a.log.1", f"{folder}-out:", "b.log.1", "root", "secret.log.1",
            f"{folder}/real/deep2:", "b.log.1"]  # fmt: skip
        proved, said = await holds(shell, replace(named(plan, "delete-old").check, within_seconds=0))
        assert not proved, said
    finally:
        sh(host, f"rm -rf {folder} {folder}-out")


@pytest.mark.parametrize("change", ["append", "replace", "touch", "open", "gone"])
async def test_what_changed_after_the_plan_is_left_alone_and_nothing_else_is_touched(change: str) -> None:
    folder, host = f"/run/lab-d-{change}", GNU
    sh(
        host,
        f"rm -rf {folder}; mkdir {folder}; cd {folder}; "
        f"for n in 1 2 3; do echo $n >a.log.$n; done; {OLD} a.log.*",
    )
    shell = ExecShell(host)
    try:
        given = values(paths=folder, keep="0", compress="no")
        plan = await planned(shell, given)
        sh(host, {
            "append": f"cd {folder}; echo more >>a.log.2; {OLD} a.log.2",
            "replace": f"cd {folder}; cp -p a.log.2 b; mv b a.log.2",
            "touch": f"touch {folder}/a.log.2",
            "open": f"tail -f {folder}/a.log.2 >/dev/null 2>&1 & echo $! >/run/lab-d-pid",
            "gone": f"rm {folder}/a.log.2",
        }[change])  # fmt: skip
        output = await job(shell, named(plan, "delete-old").commands)
        assert output.exit_status == UNTOUCHED_STATUS, output.stdout
        left = sh(host, f"ls {folder}").split()
        assert left == (["a.log.1", "a.log.3"] if change == "gone" else ["a.log.1", "a.log.2", "a.log.3"])
        # The facts tell of it: the runner refuses before it comes to that.
        assert (await planned(shell, given)).facts != plan.facts
    finally:
        sh(
            host,
            f"rm -rf {folder}; [ ! -e /run/lab-d-pid ] || kill $(cat /run/lab-d-pid); rm -f /run/lab-d-pid",
        )


async def test_quarantine_and_back_with_every_byte_mode_owner_and_time() -> None:
    host = GNU
    shell = ExecShell(host)
    with (
        small_disk(host, "/run/lab-d-from", "size=8m") as folder,
        small_disk(host, "/run/lab-d-to", "size=8m") as to,
    ):
        hostile_files(host, folder)
        sh(host, f"cd {folder}; chown daemon:adm ./-rf.log.1; chmod 640 ./-rf.log.1; "
           f"touch -d '2020-02-03 04:05:06.789' ./-rf.log.1")  # fmt: skip
        listing = (
            rf"cd {folder}; find . -type f -printf '%P %s %T@ %m %U %G\0' -exec sha256sum {{}} \; | sort"
        )
        before = sh(host, listing)
        plan = await planned(shell, values(paths=folder, keep="0", quarantine=f"{to}/old", compress="no"))
        assert plan.risk.value == "reversible"
        step = named(plan, "quarantine-old")
        evidence = await apply_all(shell, plan)
        assert f"{len(HOSTILE)} copies are there" in evidence["quarantine-old"]
        assert sh(host, f"find {folder} -type f | wc -l").strip() == "0"
        assert sh(host, f"stat -c %a {to}/old {to}/old/*").split() == ["700", "700"]
        await take_back(shell, step)
        assert sh(host, listing) == before
        assert sh(host, f"ls {to}/old") == ""

        with pytest.raises(PlanError, match="on the file system that is to be freed"):
            await planned(shell, values(paths=folder, keep="0", quarantine=f"{folder}/old"))
        sh(host, f"cat /dev/zero >{to}/full 2>/dev/null || true")
        with pytest.raises(PlanError, match="has no room"):
            await planned(shell, values(paths=folder, keep="0", quarantine=f"{to}/old"))


async def test_a_quarantine_whose_time_is_over_is_removed_by_the_next_plan() -> None:
    host, shell = GNU, ExecShell(GNU)
    with (
        small_disk(host, "/run/lab-d-from2", "size=4m") as folder,
        small_disk(host, "/run/lab-d-to2", "size=4m") as to,
    ):
        sh(
            host,
            f"cd {to}; mkdir until-20200101-0123456789ab until-29990101-0123456789ab; "
            "echo x >until-20200101-0123456789ab/1",
        )
        plan = await planned(shell, values(paths=folder, quarantine=to))
        assert names(plan) == ["expire-quarantine", "prove"]
        await apply_all(shell, plan)
        assert sh(host, f"ls {to}").split() == ["until-29990101-0123456789ab"]


@pytest.mark.parametrize("full", ["bytes", "inodes"])
async def test_a_disk_with_nothing_free(full: str) -> None:
    """Old files go first, then there is room to compress the others."""
    host, shell = GNU, ExecShell(GNU)
    with small_disk(host, f"/run/lab-d-{full}", "size=8m,nr_inodes=64") as folder:
        sh(
            host,
            f"""cd {folder}; for n in 1 2 3 4; do seq 1 100000 >old.log.$n; {OLD} old.log.$n; done
        for n in 1 2 3; do seq 1 50000 >new.log.$n; touch -d '3 days ago' new.log.$n; done""",
        )
        if full == "bytes":
            sh(host, f"cat /dev/zero >{folder}/hog 2>/dev/null || true")
            assert sh(host, f"stat -f -c %f {folder}").strip() == "0"
        else:
            sh(host, f"i=0; while touch {folder}/i$i 2>/dev/null; do i=$((i + 1)); done; true")
            assert sh(host, f"stat -f -c %d {folder}").strip() == "0"
        plan = await planned(shell, values(paths=folder, keep="0"))
        assert names(plan) == ["delete-old", "compress-rotated", "prove"]
        evidence = await apply_all(shell, plan)
        assert "4 of 4 files are gone" in evidence["delete-old"]
        assert "3 of 3 files are compressed" in evidence["compress-rotated"]
        assert "predicted to come back 2.2M, came back" in evidence["prove"]


async def test_without_room_for_a_copy_compressing_is_not_planned_and_fails_without_a_trace() -> None:
    host, shell = GNU, ExecShell(GNU)
    with small_disk(host, "/run/lab-d-noroom", "size=4m") as folder:
        sh(
            host,
            f"cd {folder}; for n in 1 2; do od -x -N 500000 /dev/urandom | head -c 1500000 >a.log.$n; "
            f"touch -d '3 days ago' a.log.$n; done",
        )
        plan = await planned(shell, values(paths=folder, keep="0"))
        step = named(plan, "compress-rotated")
        before = sh(host, LISTING.format(folder))
        sh(host, f"cat /dev/zero >{folder}/hog 2>/dev/null || true")
        output = await job(shell, step.commands)
        assert output.exit_status == 1
        assert b"no room for the copy" in output.stdout
        sh(host, f"rm {folder}/hog")
        await take_back(shell, step)
        assert sh(host, LISTING.format(folder)).split("\n")[1:] == before.split("\n")[1:]
        sh(host, f"cat /dev/zero >{folder}/hog 2>/dev/null || true")
        plan = await planned(shell, values(paths=folder, keep="0"))
        assert plan.steps == ()
        assert any("no room for their copies" in one for one in plan.warnings)


async def test_a_plan_changes_nothing() -> None:
    host, shell = GNU, ExecShell(GNU)
    folder = "/var/log/lab-d-same"
    sh(
        host,
        f"rm -rf {folder}; mkdir {folder}; cd {folder}; "
        f"seq 1 9999 >a.log.1; {OLD} a.log.1; seq 1 9999 >a.log",
    )
    everything = (
        # The links of /proc are as many as there are processes.
        r"find / -xdev \( -path /proc -o -path /var/log/journal -o -path /var/lib/chrony "
        r"-o -path /var/tmp \) -prune "
        r"-o -printf '%p %y %i %s %T@ %m %U %G %n %l\0' | sort -z | tr '\0' '\n'; "
        r"find /run /tmp -xdev -path /run/systemd -prune -o -path /run/log -prune "
        r"-o -path '/run/opsconsole*' -prune -o -type f -printf '%p %i %s %T@\n' | sort; "
        r"systemctl list-units --all --plain --no-legend | grep -v -e session -e .scope -e user | sort"
    )
    given = values(
        paths="/var/log",
        keep="0",
        journal_size="1M",
        logs=f"{folder}/a.log",
        drop_in="lab-d",
        rotate="drop-in",
        quarantine="/run/lab-d-q",
    )
    claims.claim(host, "compared")
    try:
        for _ in range(4):  # another test may work on the host: what the plan changed would differ each time
            before = sh(host, everything)
            plan = await planned(shell, given)
            assert {"install-drop-in", "quarantine-old", "rotate", "prove"} <= set(names(plan))
            differing = set(before.split("\n")) ^ set(sh(host, everything).split("\n"))
            if not differing:
                break
        assert not differing
    finally:
        claims.release(host, "compared")
        sh(host, f"rm -rf {folder}")


async def test_a_tree_of_two_hundred_thousand_files_is_planned_in_seconds() -> None:
    host, shell = GNU, ExecShell(GNU)
    with small_disk(host, "/run/lab-d-many", "size=1g,nr_inodes=300000") as folder:
        sh(
            host,
            f"""cd {folder}; perl -e 'for $d (0..199) {{ mkdir "d$d"; for $n (0..999) {{
          $f = "d$d/session-$n.log.1"; open F, ">", $f; print F "x"; close F;
          utime 1577836800, 1577836800 + $n, $f }} }}'""",
        )
        began = time.monotonic()
        plan = await planned(shell, values(paths=folder, keep="0"))
        took = time.monotonic() - began
        assert took < 15, took
        step = named(plan, "delete-old")
        assert len(step.details) == 10_000
        assert any("190000 more old files" in one for one in plan.warnings)
        began = time.monotonic()
        evidence = await apply(shell, step)
        assert "10000 of 10000 files are gone" in evidence
        assert sh(host, f"find {folder} -type f | wc -l").strip() == "190000"
        assert time.monotonic() - began < 30
