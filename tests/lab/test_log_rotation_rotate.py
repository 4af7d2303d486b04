"""Live logs on real hosts: a drop-in, rotating under a writer, deleted-open files, the journal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opsconsole.recipes.recipe import UNTOUCHED_STATUS, Plan, PlanError, Step
from tests.lab.log_rotation_lab import (
    ExecShell,
    apply_all,
    holds,
    job,
    numbers_written,
    planned,
    sh,
    small_disk,
    take_back,
    values,
    writer,
)

pytestmark = pytest.mark.lab

HOST = "web1"
DROP_IN = "lab-d"
TARGET = f"/etc/logrotate.d/{DROP_IN}"


def named(plan: Plan, name: str) -> Step:
    return next(step for step in plan.steps if step.name == name)


def names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def fill(folder: str, percent: int = 95) -> None:
    """Fill a small disk with old rotated logs, all but the rest."""
    sh(HOST, f"""cd {folder}; n=30
    while [ $(df -P . | awk 'END {{ print $5 + 0 }}') -lt {percent} ]; do
      n=$((n + 1)); seq 1 30000 >orders.log.$n; touch -d "$n days ago" orders.log.$n
    done""")  # fmt: skip


def forget() -> None:
    sh(HOST, f"rm -f {TARGET}; sed -i '\\|lab-d|d' /var/lib/logrotate/status 2>/dev/null || true")


async def test_a_full_disk_under_a_writer_in_create_mode_and_the_way_back() -> None:
    shell = ExecShell(HOST)
    with (
        small_disk(HOST, "/var/log/lab-d-create", "size=8m") as folder,
        writer(HOST, f"{folder}/orders.log") as unit,
    ):
        try:
            fill(folder)
            inode = sh(HOST, f"stat -c %i {folder}/orders.log")
            plan = await planned(shell, values(
                paths=folder, keep="0", compress="no", logs=f"{folder}/orders.log", drop_in=DROP_IN,
                rotate="drop-in", reopen=f"{unit}=USR1",
            ))  # fmt: skip
            assert names(plan) == ["delete-old", "install-drop-in", "rotate", "prove"]
            assert "+    postrotate" in named(plan, "install-drop-in").diff
            evidence = await apply_all(shell, plan)
            assert "its writer has it open" in evidence["rotate"]
            assert "it grows" in evidence["rotate"]
            assert "1 of 1 logs are written to at their place" in evidence["prove"]
            assert "1 services of writers are active" in evidence["prove"]
            assert sh(HOST, f"stat -c %i {folder}/orders.log.1") == inode
            written = numbers_written(HOST, folder)
            assert set(range(1, max(written) + 1)) == set(written)

            await take_back(shell, named(plan, "rotate"))
            assert sh(HOST, f"stat -c %i {folder}/orders.log") == inode
            assert sh(HOST, f"ls -A {folder}").split() == ["orders.log"]
            written = numbers_written(HOST, folder)
            assert sorted(written) == list(range(1, max(written) + 1))
            await take_back(shell, named(plan, "install-drop-in"))
            assert sh(HOST, f"ls {TARGET} 2>&1 || true").startswith("ls: cannot access")
        finally:
            forget()


async def test_a_writer_that_does_not_reopen_is_found_out_and_the_rotation_taken_back() -> None:
    """The rule renames, the writer goes on in the renamed file: not what was promised."""
    shell = ExecShell(HOST)
    with (
        small_disk(HOST, "/var/log/lab-d-deaf", "size=8m") as folder,
        writer(HOST, f"{folder}/orders.log", "none") as unit,
    ):
        try:
            sh(HOST, f"printf '%s {{\\n daily\\n rotate 4\\n create\\n}}\\n' {folder}/orders.log >{TARGET}")
            sh(HOST, f"seq 1 10 >{folder}/orders.log.1; seq 1 20 | gzip >{folder}/orders.log.2.gz")
            before = sh(
                HOST, f"cd {folder}; ls; cat orders.log.1 orders.log.2.gz | cksum; stat -c %i orders.log"
            )
            plan = await planned(shell, values(paths=folder, compress="no", rotate=TARGET))
            assert names(plan) == ["rotate", "prove"]
            step = named(plan, "rotate")
            assert step.undo is not None, step.irreversible
            assert (await job(shell, step.commands)).ok
            proved, said = await holds(shell, replace(step.check, within_seconds=1))
            assert not proved
            assert "its writer does not write to it" in said
            await take_back(shell, step)
            assert (
                sh(HOST, f"cd {folder}; ls; cat orders.log.1 orders.log.2.gz | cksum; stat -c %i orders.log")
                == before
            )
            written = numbers_written(HOST, folder)
            assert written == list(range(1, max(written) + 1))
            with pytest.raises(PlanError, match=f"{TARGET}:1 already"):
                await planned(shell, values(paths=folder, logs=f"{folder}/*.log", drop_in="lab-d2"))
            with pytest.raises(PlanError, match=rf"set reopen={unit}=USR1, or drop_in_mode=copytruncate"):
                await planned(shell, values(paths=folder, logs=f"{folder}/orders.log", drop_in=DROP_IN))
        finally:
            forget()


async def test_two_rules_that_compress_later_are_taken_back_to_the_last_name_and_line() -> None:
    shell = ExecShell(HOST)
    with (
        small_disk(HOST, "/var/log/lab-d-two", "size=8m") as folder,
        writer(HOST, f"{folder}/orders.log") as orders,
        writer(HOST, f"{folder}/other.log", "USR1", "lab-d-other") as other,
    ):
        rules = "".join(
            f"{folder}/{name}.log {{\n daily\n rotate 6\n create\n compress\n delaycompress\n postrotate\n"
            f"  systemctl kill --kill-who=main --signal=USR1 {unit}\n endscript\n}}\n"
            for name, unit in (("orders", orders), ("other", other))
        )
        look = f"""cd {folder}; ls; stat -c '%n %i' *.log; stat -c '%n %s %Y %a' *.log.[0-9]*
        for file in *.gz; do zcat $file; done | cksum; cat orders.log.1 other.log.3 | cksum"""
        try:
            sh(HOST, f"cat >{TARGET}", stdin=rules)
            sh(
                HOST,
                f"""cd {folder}; seq 1 10 >orders.log.1; seq 1 20 | gzip >orders.log.2.gz
            seq 1 30 | gzip >orders.log.4.gz; seq 1 40 | gzip >other.log.2.gz; seq 1 50 >other.log.3""",
            )
            before = sh(HOST, look)
            plan = await planned(shell, values(paths=folder, compress="no", rotate=TARGET))
            assert names(plan) == ["rotate", "prove"]
            step = named(plan, "rotate")
            assert step.undo is not None, step.irreversible
            await apply_all(shell, plan)
            assert sh(HOST, f"cd {folder}; ls *.[0-9]*").split() == [
                "orders.log.1", "orders.log.2.gz", "orders.log.3.gz", "orders.log.5.gz",
                "other.log.1", "other.log.3", "other.log.3.gz",
            ]  # fmt: skip
            assert ".1 .2.gz .4.gz" in await take_back(shell, step)
            assert sh(HOST, look) == before
            for unit in ("orders", "other"):
                log = sh(HOST, f"cat {folder}/{unit}.log").splitlines()
                written = [int(line[:9]) for line in log]
                assert sorted(written) == list(range(1, max(written) + 1))
        finally:
            forget()


async def test_a_full_disk_under_a_writer_in_copytruncate_mode() -> None:
    shell = ExecShell(HOST)
    with small_disk(HOST, "/var/log/lab-d-copy", "size=8m") as folder:
        sh(HOST, f"seq 1 200000 >{folder}/orders.log")
        with writer(HOST, f"{folder}/orders.log", "none"):
            try:
                fill(folder)
                given = values(
                    paths=folder, keep="0", compress="no", logs=f"{folder}/orders.log", drop_in=DROP_IN,
                    drop_in_mode="copytruncate", rotate="drop-in",
                )  # fmt: skip
                inode = sh(HOST, f"stat -c %i {folder}/orders.log")
                plan = await planned(shell, given)
                # No room for the copy before the old ones are gone: said, and not tried.
                assert "rotate" not in names(plan)
                assert any("copytruncate needs" in one for one in plan.warnings)
                await apply_all(shell, plan)
                plan = await planned(shell, given)
                assert names(plan) == ["rotate", "prove"]
                assert "lines written while it copies are lost" in named(plan, "rotate").irreversible
                evidence = await apply_all(shell, plan)
                assert "its writer has it open" in evidence["rotate"]
                assert sh(HOST, f"stat -c %i {folder}/orders.log") == inode
                assert sh(HOST, f"ls {folder}").split() == ["orders.log", "orders.log.1.gz"]
            finally:
                forget()


async def test_deleted_logs_are_let_go_of_by_the_signal_and_nobody_is_killed() -> None:
    shell = ExecShell(HOST)
    with (
        small_disk(HOST, "/var/log/lab-d-held", "size=8m") as folder,
        writer(HOST, f"{folder}/orders.log") as unit,
        writer(HOST, f"{folder}/other.log", "none", "lab-d-other") as other,
    ):
        sh(HOST, f"cd {folder}; seq 1 300000 >>orders.log; seq 1 100000 >>other.log; rm *.log")
        pid = sh(HOST, f"systemctl show -p MainPID {unit} {other}")
        plan = await planned(shell, values(paths=folder))
        assert plan.steps == ()
        assert len([one for one in plan.warnings if "no signal is known" in one]) == 2
        assert any(f"restart {other}" in one for one in plan.warnings)
        plan = await planned(shell, values(paths=folder, reopen=f"{unit}=USR1"))
        assert names(plan) == ["release-deleted", "prove"]
        assert any("orders.log (deleted)" in line for line in named(plan, "release-deleted").details)
        evidence = await apply_all(shell, plan)
        assert "1 of 1 deleted files are held by nobody any more" in evidence["release-deleted"]
        assert sh(HOST, f"systemctl show -p MainPID {unit} {other}") == pid
        assert sh(HOST, f"ls {folder}").split() == ["orders.log"]


async def test_nginx_lets_go_of_its_deleted_log_without_being_told_how() -> None:
    shell = ExecShell(HOST)
    sh(HOST, "touch /var/log/nginx/access.log; systemctl restart nginx; rm /var/log/nginx/access.log")
    plan = await planned(shell, values(paths="/var/log/nginx", delete="no", compress="no"))
    assert names(plan) == ["release-deleted", "prove"]
    assert any(
        "nginx.service) running /usr/sbin/nginx" in line for line in named(plan, "release-deleted").details
    )
    await apply_all(shell, plan)
    assert sh(HOST, "test -e /var/log/nginx/access.log && systemctl is-active nginx").strip() == "active"


async def test_the_journal_is_vacuumed_and_goes_on() -> None:
    shell = ExecShell("bastion")
    sh("bastion", "for n in 1 2 3; do seq 1 200 | logger -t lab-d; journalctl --rotate; done")
    given = values(paths="/var/log", delete="no", compress="no", release="no", journal_size="9M")
    plan = await planned(shell, given)
    assert names(plan) == ["vacuum-journal", "prove"]
    evidence = await apply_all(shell, plan)
    assert "entries written after it that can be read back: 1" in evidence["vacuum-journal"]


async def test_a_broken_drop_in_of_somebody_is_told_and_ours_is_installed_all_the_same() -> None:
    shell = ExecShell(HOST)
    broken = "/etc/logrotate.d/lab-d-broken"
    with small_disk(HOST, "/var/log/lab-d-broken", "size=4m") as folder:
        try:
            sh(
                HOST,
                f"printf '%s {{\\n  rotat 3\\n  daily\\n' {folder}/x.log >{broken}; "
                f"echo 1 >{folder}/orders.log",
            )
            plan = await planned(shell, values(paths=folder, logs=f"{folder}/*.log", drop_in=DROP_IN))
            assert any(
                "logrotate's own dry run tells" in one and "lab-d-broken" in one for one in plan.warnings
            )
            step = named(plan, "install-drop-in")
            await apply_all(shell, plan)
            await take_back(shell, step)
        finally:
            forget()
            sh(HOST, f"rm -f {broken}")


async def test_a_drop_in_that_logrotate_refuses_is_never_installed() -> None:
    """Between plan and run somebody installs a rule for the same log."""
    shell = ExecShell(HOST)
    with small_disk(HOST, "/var/log/lab-d-dup", "size=4m") as folder:
        try:
            sh(HOST, f"echo 1 >{folder}/orders.log")
            plan = await planned(shell, values(paths=folder, logs=f"{folder}/*.log", drop_in=DROP_IN))
            sh(HOST, f"printf '%s {{\\n  daily\\n}}\\n' {folder}/orders.log >/etc/logrotate.d/lab-a")
            output = await job(shell, named(plan, "install-drop-in").commands)
            assert output.exit_status == UNTOUCHED_STATUS
            assert b"refuses it with the other rules" in output.stdout
            assert b"duplicate log entry" in output.stdout
            assert sh(HOST, f"ls {TARGET}* 2>/dev/null || true") == ""
        finally:
            forget()
            sh(HOST, "rm -f /etc/logrotate.d/lab-a")


async def test_a_dry_run_that_would_make_folders_is_not_made() -> None:
    rule, folder = "/etc/logrotate.d/lab-d-olddir", "/var/log/lab-d-olddir"
    directives = f"olddir {folder}/old\\n createolddir 755 root root"
    sh(HOST, f"mkdir -p {folder}; echo x >{folder}/a.log")
    try:
        sh(HOST, f"printf '{folder}/a.log {{\\n daily\\n {directives}\\n}}\\n' >{rule}")
        plan = await planned(ExecShell(HOST), values(paths=folder))
        assert any("createolddir" in one for one in plan.warnings)
        assert sh(HOST, f"ls {folder}").split() == ["a.log"]
        sh(HOST, f"sed -i s/createolddir/#createolddir/ {rule}")  # a remark is none
        plan = await planned(ExecShell(HOST), values(paths=folder))
        assert not any("createolddir" in one for one in plan.warnings)
    finally:
        sh(HOST, f"rm -rf {rule} {folder}")
