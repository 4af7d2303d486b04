"""The plan of the certbot driver: what is due, which steps, their way back, what is refused and warned of."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from opsconsole.data.text import clean
from opsconsole.recipes import load, names
from opsconsole.recipes.certificate_renewal import RECIPE
from opsconsole.recipes.certificate_renewal.lineages import Kept, Timer, names_hash
from opsconsole.recipes.certificate_renewal.options import LETS_ENCRYPT, LETS_ENCRYPT_STAGING
from opsconsole.recipes.certificate_renewal.served import Program, Serving, from_json
from opsconsole.recipes.document import from_document, to_document
from opsconsole.recipes.recipe import Plan, PlanError, Risk, Step
from opsconsole.recipes.runner import values as runner_values
from tests.unit.certificate_renewal.certificate_renewal_samples import (
    NGINX,
    NOW,
    TIMER,
    found,
    kept,
    planned,
    sheet,
    target,
)

DAY = 86400
SIX = ("127.0.0.1", "::1")


def step_names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def named(plan: Plan, name: str) -> Step:
    return next(step for step in plan.steps if step.name == name)


def serving(*lineages, served: str = "", **wishes) -> Serving:
    return Serving((NGINX,), tuple(target(one, at, served) for one in lineages for at in SIX), **wishes)


def test_it_is_found_as_a_recipe() -> None:
    assert "certificate-renewal" in names()
    assert load("certificate-renewal") is RECIPE


def test_what_is_due_is_renewed_and_what_is_not_is_left_alone() -> None:
    due, young = kept("due.test"), kept("young.test", left_days=80)
    plan = planned(found(due, young), serving(due, young))
    assert step_names(plan) == ["rehearse", "keep", "renew", "reload", "prove"]
    assert plan.risk is Risk.REVERSIBLE
    assert plan.summary == "renews due.test (10d left), proved by 2 handshakes"
    assert "young.test" not in json.dumps(plan.facts)
    assert plan.warnings == ()
    assert runner_values.problem(plan, {}) == ""
    assert from_document(to_document(plan)) == plan
    assert [step.name for step in plan.steps if not step.predicted] == ["rehearse", "renew"]


def test_nothing_to_do_says_when_there_will_be() -> None:
    young = kept("young.test", left_days=80)
    plan = planned(found(young), serving(young))
    assert plan.steps == ()
    assert plan.summary == "nothing to do: young.test has 80d left, due with 30d; all is served"
    assert planned(found()).summary == "nothing to do: certbot keeps no certificate here"


@pytest.mark.parametrize(
    ("version", "left_days", "lived_days", "renew_before_days", "due"),
    [
        ("2.1.0", 29.9, 60.1, None, True),
        ("2.1.0", 30.1, 59.9, None, False),
        ("2.1.0", 5, 1, None, True),  # a short one is always due for an old certbot
        ("4.1.0", 5, 1, None, False),
        ("4.1.0", 2.9, 3.1, None, True),  # half of six days
        ("4.1.0", 15.6, 31.4, None, True),  # a third of 47 days
        ("5.0.0", 15.8, 31.2, None, False),
        ("4.1.0", 20, 70, 21.0, True),  # what the renewal file says counts
        ("2.1.0", 20, 70, 10.0, False),
    ],
)
def test_due_as_certbot_itself_has_it(version, left_days, lived_days, renew_before_days, due) -> None:
    one = kept(left_days=left_days, lived_days=lived_days)
    one = replace(one, lineage=replace(one.lineage, renew_before_days=renew_before_days))
    assert bool(planned(found(one, version=version)).steps) is due


def unattended(name: str = "a.test", **wishes) -> Kept:
    one = kept(name, **wishes)
    return replace(one, lineage=replace(one.lineage, autorenew=False))


def test_autorenew_off_is_renewed_only_when_it_is_named() -> None:
    one = unattended()
    plan = planned(found(one))
    assert plan.steps == ()
    assert "10d left, due with 30d (autorenew is off: name=a.test renews it)" in plan.summary
    assert "autorenew" not in planned(found(unattended(left_days=80))).summary
    plan = planned(found(one, kept("b.test")))
    assert "a.test is due and left alone, for autorenew is off: name=a.test renews it" in plan.warnings
    assert "renew" in step_names(planned(found(one), name="a.test"))


def test_certbot_renews_what_has_autorenew_off_only_by_force_and_that_is_said_and_counted() -> None:
    """Without `--force-renewal` it says "not yet due" and ends with 0 (its `should_autorenew`)."""
    one = unattended()
    plan = planned(found(one, kept("b.test")), name="a.test,b.test")
    step = named(plan, "renew")
    assert step.commands[0].stdin == b"a.test - yes\nb.test - no\n"
    conf = "/etc/letsencrypt/renewal/a.test.conf"
    assert f"a.test: autorenew is off in {conf}: with --force-renewal" in step.details
    assert any("a.test: autorenew is off: renewed with --force-renewal" in line for line in plan.warnings)
    issued = tuple((NOW, names_hash(one.current.names)) for _ in range(2))
    plan = planned(found(unattended(lived_days=8), issued=issued[:1]), name="a.test")
    assert "a.test: this is number 2 of 5 certificates of these names in 7 days" in plan.warnings
    assert "b.test" not in json.dumps(plan.warnings)
    plan = planned(found(one, issued=issued), name="a.test", weekly_limit="2")
    assert any("the CA may refuse one more (its limit: 2)" in line for line in plan.warnings)


def test_the_rehearsal_asks_the_test_server() -> None:
    one = kept()
    rehearse = named(planned(found(one)), "rehearse").commands[0]
    assert rehearse.stdin == f"a.test {LETS_ENCRYPT_STAGING}\n".encode()
    own = kept(server="https://ca.test/acme")
    plan = planned(found(own))
    assert named(plan, "rehearse").commands[0].stdin == b"a.test https://ca.test/acme\n"
    assert any("asks the same ACME server as the renewal" in line for line in plan.warnings)
    plan = planned(found(own), test_server="https://test.test/dir")
    assert named(plan, "rehearse").commands[0].stdin == b"a.test https://test.test/dir\n"
    assert not any("same ACME server" in line for line in plan.warnings)
    assert "rehearse" not in step_names(planned(found(own), rehearse="no"))
    # The renewal itself leaves the lineage's server alone.
    assert named(plan, "renew").commands[0].stdin == b"a.test - no\n"


def test_force_is_guarded_by_the_weekly_limit() -> None:
    one = kept(left_days=85, lived_days=5)
    names_ = names_hash(one.current.names)
    assert names_hash(["b", "a", "a"]) == names_hash(["a", "b"])
    recent = tuple((NOW - DAY * n, names_) for n in (1, 2, 6))
    old = ((NOW - 8 * DAY, names_), (NOW - DAY, names_hash(["other.test"])))
    plan = planned(found(one, issued=recent + old), name="a.test", force="yes")
    assert plan.warnings[0] == "a.test: this is number 5 of 5 certificates of these names in 7 days"
    used = found(one, issued=((NOW, names_), *recent))
    with pytest.raises(PlanError, match=r"5 certificates of exactly the names of a\.test"):
        planned(used, name="a.test", force="yes")
    own = replace(one, lineage=replace(one.lineage, server="https://ca.test/acme"))
    used = found(own, issued=((NOW, names_), *recent))
    assert planned(used, name="a.test", force="yes", weekly_limit="50").steps
    with pytest.raises(PlanError, match="5 certificates of exactly"):  # it cannot be raised for Let's Encrypt
        planned(found(one, issued=used.certbot.issued), name="a.test", force="yes", weekly_limit="50")


@pytest.mark.parametrize("public_first", [True, False])
@pytest.mark.parametrize("server", [LETS_ENCRYPT, ""], ids=["said", "certbots-default"])
def test_each_certificate_has_the_limit_of_its_own_ca(public_first: bool, server: str) -> None:
    own = kept("own.test", server="https://ca.test/acme", left_days=80, lived_days=10)
    public = kept("public.test", left_days=80, lived_days=10)
    public = replace(public, lineage=replace(public.lineage, server=server))
    order = (public, own) if public_first else (own, public)
    wishes = {"name": "own.test,public.test", "force": "yes", "weekly_limit": "50"}
    six = tuple((NOW, names_hash(own.current.names)) for _ in range(6))
    plan = planned(found(*order, issued=six), **wishes)
    assert "own.test: this is number 7 of 50 certificates of these names in 7 days" in plan.warnings
    five = tuple((NOW, names_hash(public.current.names)) for _ in range(5))
    with pytest.raises(PlanError, match=r"5 certificates of exactly the names of public\.test .* gives 5 "):
        planned(found(*order, issued=five), **wishes)


def test_what_is_due_is_tried_though_the_week_is_used_up_and_that_is_said() -> None:
    one = kept(left_days=1, lived_days=5)
    used = found(one, issued=tuple((NOW, names_hash(one.current.names)) for _ in range(4)))
    plan = planned(used)
    assert any("the CA may refuse one more (its limit: 5)" in line for line in plan.warnings)
    assert "renew" in step_names(plan)


def test_renewed_on_disk_and_not_served_is_only_reloaded() -> None:
    one = kept(left_days=80)
    plan = planned(found(one), serving(one, served="0" * 64))
    assert step_names(plan) == ["reload", "prove"]
    assert plan.summary == "has a.test served, which is renewed on disk and not shown, proved by 2 handshakes"
    undo = named(plan, "reload").undo
    assert undo is not None
    swap = b"swap /etc/letsencrypt/live/a.test 2 1\n"
    assert undo.commands[0].stdin is not None
    assert undo.commands[0].stdin.endswith(swap)


def test_what_is_in_no_file_any_more_cannot_be_had_back_and_that_is_said() -> None:
    one = kept(left_days=80)
    plan = planned(found(one), serving(one, served="f" * 64))
    assert plan.risk is Risk.IRREVERSIBLE
    assert named(plan, "reload").irreversible == "what is served now is in no file any more"


def test_a_copy_outside_of_certbots_folders_is_brought_up_to_date_and_kept_first() -> None:
    one, path = kept(), "/etc/haproxy/certs/a b.pem"
    at = target(one, certificate=path, kind="haproxy", port=9443)
    shown = Serving((Program("haproxy", "haproxy.service"),), (at,), ((path, path),))
    plan = planned(found(one), shown, {path: one.current.fingerprint_sha256})
    assert step_names(plan) == ["rehearse", "keep", "renew", "copies", "reload", "prove"]
    line = b"/etc/letsencrypt/live/a.test /etc/haproxy/certs/a\\0040b.pem /etc/haproxy/certs/a\\0040b.pem\n"
    assert named(plan, "copies").commands[0].stdin == line
    assert b"copy 0 /etc/haproxy/certs/a\\0040b.pem\n" in (named(plan, "keep").commands[0].stdin or b"")
    undo = named(plan, "copies").undo
    assert undo is not None
    assert b"lineage" not in (undo.commands[0].stdin or b"")


def test_an_old_copy_of_a_renewed_certificate_is_found() -> None:
    one, path = kept(left_days=80), "/etc/haproxy/certs/a.pem"
    at = target(one, certificate=path, kind="haproxy", served="0" * 64)
    shown = Serving((Program("haproxy", "haproxy.service"),), (at,), ((path, path),))
    plan = planned(found(one), shown, {path: "0" * 64})
    assert step_names(plan) == ["keep", "copies", "reload", "prove"]
    assert planned(found(one), shown, {path: one.current.fingerprint_sha256}).steps  # not served yet


def test_an_undo_puts_the_files_back_reloads_and_proves_both() -> None:
    one = kept()
    plan = planned(found(one), serving(one))
    undo = named(plan, "renew").undo
    assert undo is not None
    assert [command.argv[3] for command in undo.commands] == [
        "certificate-renewal-restore",
        "certificate-renewal-reload-back",
    ]
    proof = (undo.check.command.stdin or b"").decode()
    assert f"target nginx ::1 443 a.test - {one.current.fingerprint_sha256} " in proof
    for place in ("live", "archive"):
        assert f"same /etc/letsencrypt/{place}/a.test a.test/{place}\n" in proof
    assert "same /etc/letsencrypt/renewal/a.test.conf a.test/conf\n" in proof


def test_the_timer_is_offered_unless_that_is_not_wanted_or_not_possible() -> None:
    one = kept()
    off = replace(TIMER, enabled=False, active=False)
    plan = planned(found(one, timer=off))
    assert step_names(plan)[-2:] == ["enable-timer", "prove"]
    undo = named(plan, "enable-timer").undo
    assert undo is not None
    assert undo.commands[0].argv[4:] == ("certbot.timer", "no", "no")
    plan = planned(found(one, timer=off), enable_timer="no")
    assert "enable-timer" not in step_names(plan)
    assert any("certbot.timer is off and stays off" in line for line in plan.warnings)
    masked = Timer("certbot.timer", masked=True, enabled=False, active=False)
    plan = planned(found(one, timer=masked))
    assert "enable-timer" not in step_names(plan)
    assert any("masked: nothing renews by itself" in line for line in plan.warnings)
    assert any("nothing renews by itself" in line for line in planned(found(one, timer=None)).warnings)
    plan = planned(found(one, timer=None, crons=("/etc/cron.d/own",)))
    assert any("cron calls it (/etc/cron.d/own)" in line for line in plan.warnings)
    plan = planned(found(one, timer=None, crons_unsure=("/etc/cron.d/own",)))
    assert any(
        "names it (/etc/cron.d/own), and whether that renews is not known" in line for line in plan.warnings
    )


def test_a_timer_that_is_off_is_a_plan_of_its_own() -> None:
    off = replace(TIMER, active=False)
    plan = planned(found(kept(left_days=80), timer=off))
    assert step_names(plan) == ["enable-timer", "prove"]
    assert plan.summary == "Enable certbot.timer"


def test_no_server_that_shows_it_is_said() -> None:
    plan = planned(found(kept()))
    assert step_names(plan) == ["rehearse", "keep", "renew", "prove"]
    assert any("nothing is proved at a socket" in line for line in plan.warnings)


def test_several_in_one_run_are_taken_back_together_and_that_is_said() -> None:
    one, two = kept("a.test"), kept("b.test")
    plan = planned(found(one, two), serving(one, two))
    assert any("2 certificates in one run" in line for line in plan.warnings)
    assert named(plan, "renew").deadline_seconds == 1200


def test_a_server_that_is_not_the_lineages_is_said() -> None:
    plan = planned(found(kept()), server="https://ca.test/acme")
    assert any(f"https://ca.test/acme is asked instead of {LETS_ENCRYPT}" in line for line in plan.warnings)
    assert named(plan, "renew").commands[0].stdin == b"a.test https://ca.test/acme no\n"


def test_proofs_that_were_asked_for_go_to_where_the_name_is_served() -> None:
    one = kept()
    plan = planned(
        found(one),
        serving(one),
        check_url="https://a.test/health?x=1",
        download="https://other.test:8443/big file".replace(" ", "%20"),
    )
    stdin = (named(plan, "reload").commands[0].stdin or b"").decode()
    assert "http 127.0.0.1 443 a.test /health?x=1\n" in stdin
    assert "download other.test 8443 other.test /big%20file\n" in stdin
    assert named(plan, "reload").check.command.stdin == named(plan, "reload").commands[0].stdin


def test_facts_are_plain_json_and_come_back() -> None:
    one = kept()
    shown = serving(one, notes=("x",), copies=(("/a", "/b"),))
    assert from_json(json.loads(json.dumps(shown.as_json()))) == shown
    facts = sheet(found(one), shown)
    assert json.loads(json.dumps(facts.binding)) == facts.binding
    json.dumps(facts.shown)


def test_names_that_are_not_there_or_broken_are_refused() -> None:
    from opsconsole.recipes.certificate_renewal import facts, options
    from tests.unit.certificate_renewal.certificate_renewal_samples import values

    has = found(kept(), broken={"bad.test": "it names no authenticator"})
    for name, words in (
        ("none.test", "certbot keeps no none.test; it has: a.test"),
        ("bad.test", "no authenticator"),
    ):
        with pytest.raises(PlanError, match=words):
            facts._named(has, options.read(values(name=name)))
    assert any("bad.test is left out" in line for line in planned(has).warnings)


def test_everything_shown_is_clean() -> None:
    plan = planned(found(kept()), serving(kept()))
    for step in plan.steps:
        for line in (step.title, step.effect, *step.details):
            assert clean(line, 10_000) == line
