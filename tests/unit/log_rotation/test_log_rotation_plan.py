"""The plan: its steps, their order, their way back, and that it says the truth about what comes back."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest

from opsconsole.data import logrotate
from opsconsole.recipes import load, names
from opsconsole.recipes.document import from_document, to_document
from opsconsole.recipes.log_rotation import RECIPE, dropin, facts
from opsconsole.recipes.log_rotation.facts import Room
from opsconsole.recipes.log_rotation.host_tools import Docker, Journal, Logrotate, Thing
from opsconsole.recipes.log_rotation.opened import Opened, OpenFile, Process
from opsconsole.recipes.log_rotation.rotation import rotated
from opsconsole.recipes.log_rotation.scripts import script
from opsconsole.recipes.parameters import read_all
from opsconsole.recipes.recipe import Plan, PlanError
from tests.unit.log_rotation.log_rotation_samples import (
    CONFIG,
    DAY,
    MIB,
    NGINX,
    NOW,
    disk,
    host,
    live,
    named,
    old,
    planned,
    step_names,
    values,
    wanted,
    writing,
)
from tests.work import lines_run

EVERYTHING = host(
    old("/var/log/a.log.9", days=90),
    old("/var/log/a.log.1", days=5),
    opened=Opened(
        [OpenFile(70, 51, 99, 0, 5 * MIB, 5 * MIB, writes=True, path=b"/var/log/gone.log")],
        {70: Process(70, 1, 5, b"/usr/sbin/nginx", "nginx", "nginx.service")},
        complete=True,
    ),
    journals=[Journal(51, "/var/log/journal", 900 * MIB, 100 * MIB, 1)],
    docker=Docker((Thing("container", "a" * 64, MIB, NOW - 30 * DAY, "web"),), ("data",), MIB),
    logrotate=Logrotate("3.21", 0, (), CONFIG),
)
ALL = {"keep": "0", "journal_size": "200M", "docker": "cache,containers,images"}


def test_the_recipe_is_found_by_being_there() -> None:
    assert "log-rotation" in names()
    assert load("log-rotation") is RECIPE
    assert read_all(RECIPE.parameters, {}) == values()


def test_every_step_keeps_the_contract_and_survives_being_a_document() -> None:
    one = live("/var/log/nginx/access.log")
    content = dropin.content(
        wanted(logs="/var/log/app.log", drop_in="app"), [live("/var/log/app.log")], Opened()
    )
    rules = logrotate.parse(CONFIG).rules
    rotation = rotated(rules, [one], writing(one))
    plan = planned(EVERYTHING, rotation, content, **ALL, logs="/var/log/app.log", drop_in="app", rotate=NGINX)
    assert step_names(plan) == [
        "install-drop-in", "compress-rotated", "delete-old", "release-deleted", "vacuum-journal",
        "trim-docker", "rotate", "prove",
    ]  # fmt: skip
    assert from_document(to_document(plan)) == plan
    for step in plan.steps:
        assert re.fullmatch(r"[a-z0-9-]{1,40}", step.name)
        assert (step.undo is None) == bool(step.irreversible)
        every = [*step.commands, step.check.command]
        every += [*step.undo.commands, step.undo.check.command] if step.undo else []
        for command in every:
            assert command.sudo
            assert command.argv[2] == script(command.argv[3].removeprefix("log-rotation-"))
            assert all(len(word) < 100_000 for word in command.argv)
    assert plan.risk.value == "irreversible"
    assert named(plan, "rotate").undo is not None


def test_that_keep_holds_back_what_is_old_is_said() -> None:
    dumps = [old(f"/var/log/dump-{n:02}.hprof") for n in range(20)]
    plan = planned(host(*dumps), compress="no")
    assert plan.steps == ()
    assert plan.summary.startswith(
        "nothing to do: 20 rotated logs seen, 20 old enough (20.0M) stay: keep=3 keeps the newest of each log"
    )
    one = old("/var/log/a.log.1", size=MIB, days=90)
    plan = planned(host(*dumps, *(old(f"/var/log/a.log.{n}", days=80 - n) for n in range(2, 5)), one))
    (said,) = (warning for warning in plan.warnings if "keep=3" in warning)
    assert "more stays than is deleted: 23 old enough (23.0M) stay" in said
    assert "nothing to do: 0 rotated logs seen, none is old enough" in planned(host()).summary


def test_what_was_not_wholly_seen_is_not_told_as_nothing_to_do() -> None:
    seen = host()
    cut = replace(seen.look, complete=False, problems=[(b"/var/log", "find ended with status 137")])
    plan = planned(replace(seen, look=cut))
    assert "0 rotated logs seen, but not all of them" in plan.summary
    assert any("/var/log: find ended with status 137" in warning for warning in plan.warnings)


def test_a_plan_s_id_is_made_once() -> None:
    plan = planned(EVERYTHING, **ALL)
    first = plan.plan_id
    assert lines_run(lambda: plan.plan_id) < 10
    assert replace(plan, host="web2").plan_id != first
    assert from_document(to_document(plan)).plan_id == first


def test_the_same_facts_make_the_same_plan() -> None:
    assert planned(EVERYTHING, **ALL).plan_id == planned(EVERYTHING, **ALL).plan_id
    assert planned(EVERYTHING, **ALL).plan_id != planned(EVERYTHING, **ALL | {"older_than": "31d"}).plan_id


def test_the_figures_are_what_really_comes_back() -> None:
    plan = planned(
        host(
            old("/var/log/a.log.1", size=100 * MIB),
            old("/var/log/b.log.1", size=100 * MIB, links=2),
            old("/var/log/c.log.1", size=100 * MIB, allocated_bytes=MIB),
            disks=(disk(total=1000 * MIB, free=100 * MIB),),
        ),
        keep="0",
        compress="no",
    )
    assert "101M come back; /var 90 % → 80 % used" in named(plan, "delete-old").effect
    assert plan.summary == "frees 101M (/var 90 % → 80 % used)"
    details = "\n".join(named(plan, "delete-old").details)
    assert "2 names" in details
    assert "has holes: 1.0M come back" in details


def test_on_a_full_disk_what_frees_comes_first_else_what_can_be_taken_back() -> None:
    files = [old("/var/log/a.log.9", days=90), old("/var/log/a.log.1", days=5)]
    assert step_names(planned(host(*files), keep="0")) == ["compress-rotated", "delete-old", "prove"]
    full = disk(free=0, available_bytes=0)
    assert step_names(planned(host(*files, disks=(full,)), keep="0")) == [
        "delete-old",
        "compress-rotated",
        "prove",
    ]
    no_inodes = disk(inodes_free=0)
    assert step_names(planned(host(*files, disks=(no_inodes,)), keep="0"))[0] == "delete-old"


def test_nothing_to_do_is_no_step_and_says_why() -> None:
    plan = planned(host(old("/var/log/a.log.1", days=0.1)))
    assert (plan.steps, plan.risk.value) == ((), "read")
    assert plan.summary.startswith("nothing to do: 1 rotated logs seen")


@pytest.mark.parametrize(("kind", "told"), [(b"tmpfs", True), (b"ramfs", True), (b"ext2/ext3", False)])
def test_a_quarantine_that_a_restart_empties_is_told(kind: bytes, told: bool) -> None:
    room = facts._room(b"room ok 52 %d 9000 /srv/old\0type %s\0" % (100 * MIB, kind))
    plan = planned(host(old("/var/log/a.log.1"), room=room), keep="0", quarantine="/srv/old", compress="no")
    said = "/srv/old is in the host's memory: it takes of that, and a restart of the host empties it"
    assert any(said in one for one in plan.warnings) is told
    assert any("(14d); who runs this with the same quarantine after that" in one for one in plan.warnings)


def test_a_quarantine_makes_it_reversible_only_where_it_helps() -> None:
    def with_room(room: Room) -> Plan:
        return planned(
            host(old("/var/log/a.log.1"), room=room), keep="0", quarantine="/srv/old", compress="no"
        )

    plan = with_room(Room("ok", 52, 100 * MIB, 1000))
    assert step_names(plan) == ["quarantine-old", "prove"]
    assert plan.risk.value == "reversible"
    assert "until-20261210-" in named(plan, "quarantine-old").title
    for room, said in (
        (Room("ok", 51, 100 * MIB, 1000), "is to be freed"),
        (Room("ok", 52, MIB, 1000), "has no room"),
        (Room("ok", 52, 100 * MIB, 3), "has no room"),
        (Room("link", 52, 100 * MIB, 1000), "symbolic link"),
    ):
        with pytest.raises(PlanError, match=said):
            with_room(room)


def test_there_is_time_for_each_of_many_small_files_to_reach_a_slow_disk() -> None:
    files = [old(f"/var/log/{number}.log.1", days=5, size=5 * 4096) for number in range(1000)]
    away = planned(
        host(*files, room=Room("ok", 52, 100 * MIB, 9000)), keep="0", quarantine="/srv/old", older_than="1d"
    )
    for step in (named(planned(host(*files), keep="0"), "compress-rotated"), named(away, "quarantine-old")):
        assert step.undo is not None
        for one in (step, step.commands[-1], *step.undo.commands):
            assert one.deadline_seconds >= len(files) / 5, step.name


def test_what_is_not_known_is_warned_of() -> None:
    seen = host(old("/var/log/a.log.1"), disks=(disk(available_bytes=0, free=MIB),))
    seen.look.problems.append((b"/var/log/\x1b[31mx", "it cannot be entered"))
    plan = planned(seen, keep="0", target_free="50%")
    text = "\n".join(plan.warnings)
    assert "root's reserve" in text
    assert "50 % free cannot be reached" in text
    assert "cannot be entered" in text
    assert text.replace("\n", "").isprintable()


def test_a_writer_whose_signal_is_not_known_is_only_advised() -> None:
    held = OpenFile(70, 51, 99, 0, 5 * MIB, 5 * MIB, writes=True, path=b"/var/log/gone.log")
    java = Opened([held], {70: Process(70, 1, 5, b"/usr/bin/java", "java", "app.service")}, complete=True)
    plan = planned(host(opened=java))
    assert plan.steps == ()
    assert any("no signal is known; restart app.service" in one for one in plan.warnings)
    plan = planned(host(opened=java), reopen="app.service=HUP")
    assert named(plan, "release-deleted").commands[-1].stdin == b"HUP 70 5 /usr/bin/java\n"
    fake = Opened([held], {70: Process(70, 1, 5, b"/tmp/nginx", "nginx", "")}, complete=True)
    assert planned(host(opened=fake)).steps == ()


def test_a_worker_s_master_gets_the_signal() -> None:
    held = OpenFile(71, 51, 99, 0, MIB, MIB, writes=True, path=b"/var/log/gone.log")
    program = b"/usr/sbin/nginx"
    tree = {
        71: Process(71, 70, 9, program, "nginx", "nginx.service"),
        70: Process(70, 1, 5, program, "nginx"),
    }
    plan = planned(host(opened=Opened([held], tree, complete=True)))
    assert named(plan, "release-deleted").commands[-1].stdin == b"USR1 70 5 /usr/sbin/nginx\n"


def test_docker_goes_by_id_and_names_every_volume_that_must_stay() -> None:
    young = Thing("container", "b" * 64, MIB, NOW - DAY, "young")
    seen = host(docker=Docker((*EVERYTHING.docker.things, young), ("data", "pg"), 0))  # type: ignore[union-attr]
    plan = planned(seen, docker="containers,images")
    step = named(plan, "trim-docker")
    assert step.commands[-1].stdin == f"container {'a' * 64}\n".encode()
    assert step.check.command.stdin == f"container {'a' * 64}\nvolume data\nvolume pg\n".encode()
    code = [line for line in script("trim").split("\n") if not line.lstrip().startswith("#")]
    assert not any(word in line for line in code for word in ("volume", "prune -a", "--all", "--force"))
    assert b"volume data\nvolume pg\n" in (named(plan, "prove").check.command.stdin or b"")
    assert planned(seen, docker="images").steps == ()


def test_docker_s_cache_is_proved_by_its_records() -> None:
    seen = host(docker=Docker((), ("data",), MIB, records=("upepnhrjjcfr", "vfhjms4nbkae")))
    step = named(planned(seen, docker="cache"), "trim-docker")
    assert step.check.command.stdin == b"record upepnhrjjcfr\nrecord vfhjms4nbkae\nvolume data\n"
    assert step.commands[-1].stdin == b""  # pruned as a whole: what is in use stays by docker's own rule
    assert step.details[-1].endswith("build cache, what is not in use: 2 records")
    assert planned(seen, docker="images").steps == ()


def test_an_image_that_a_container_uses_stays_unless_that_goes_too() -> None:
    image = Thing("image", "sha256:" + "c" * 64, MIB, NOW - 30 * DAY, "c" * 12)
    old, young = (
        Thing("container", letter * 64, 0, NOW - days * DAY, letter) for letter, days in (("a", 30), ("b", 1))
    )
    both = Docker((old, young, image), (), 0, users={image.id: frozenset({old.id, young.id})})
    plan = planned(host(docker=both), docker="containers,images")
    assert plan.facts["docker"]["things"] == [["container", old.id]]
    assert f"the dangling image {'c' * 12} (1.0M) is old and stays: 1 container that stays uses it" in (
        plan.warnings
    )
    alone = Docker((old, image), (), 0, users={image.id: frozenset({old.id})})
    assert planned(host(docker=alone), docker="containers,images").facts["docker"]["things"] == [
        ["container", old.id], ["image", image.id]]  # fmt: skip
    # Where containers are not asked for, none of them goes.
    assert planned(host(docker=alone), docker="images").steps == ()


def test_a_drop_in_for_a_writer() -> None:
    one = live("/var/log/nginx/access.log")
    options = wanted(logs="/var/log/nginx/*.log", drop_in="web")
    text = dropin.content(options, [one], writing(one))
    (rule,) = logrotate.parse({"/etc/logrotate.conf": text.encode()}).rules
    assert (rule.rotate_count, rule.when, rule.flag("compress"), rule.flag("delaycompress")) == (
        14,
        "daily",
        True,
        True,
    )
    assert "systemctl kill --kill-who=main --signal=USR1 nginx.service" in rule.scripts["postrotate"].text
    with pytest.raises(PlanError, match=r"set reopen=app\.service=USR1, or drop_in_mode=copytruncate"):
        dropin.content(options, [one], writing(one, "app.service", b"/usr/bin/java"))
    text = dropin.content(
        wanted(logs="/l/a.log", drop_in="web", drop_in_mode="copytruncate"), [one], Opened()
    )
    assert logrotate.parse({"/etc/logrotate.conf": text.encode()}).rules[0].copytruncate
    with pytest.raises(PlanError, match=f"{NGINX}:1 already"):
        dropin.covered(options, [one], logrotate.parse(CONFIG))


def test_a_folder_that_others_may_write_needs_su() -> None:
    loose = live(
        "/srv/app/a.log", parent_mode=0o775, parent_gid=33, parent_user="app", parent_group="www-data"
    )
    options = wanted(logs="/srv/app/a.log", drop_in="app")
    assert "    su app www-data\n" in dropin.content(options, [loose], Opened())
    with pytest.raises(PlanError, match="different users"):
        dropin.content(options, [loose, live("/var/log/b.log")], Opened())


def test_a_changed_drop_in_is_shown_as_a_diff_and_put_back() -> None:
    before = b"/var/log/app.log {\n    weekly\n}\n"
    seen = host(logrotate=Logrotate("3.21", 0, (), {"/etc/logrotate.d/app": before}))
    content = dropin.content(wanted(logs="/var/log/app.log", drop_in="app"), [], Opened())
    plan = planned(seen, (), content, logs="/var/log/app.log", drop_in="app")
    step = named(plan, "install-drop-in")
    assert "-    weekly" in step.diff
    assert "+    daily" in step.diff
    assert step.undo is not None
    assert step.undo.commands[0].stdin == before
    assert base64.b64decode(plan.facts["drop_in"]["before_base64"]) == before
    same = host(logrotate=Logrotate("3.21", 0, (), {"/etc/logrotate.d/app": content.encode()}))
    assert planned(same, (), content, logs="/var/log/app.log", drop_in="app").steps == ()
