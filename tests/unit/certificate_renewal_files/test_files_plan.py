from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.host import Host
from opsconsole.data.redact import find_secret
from opsconsole.data.webserver.model import Listen, Pair, Server, Sites
from opsconsole.recipes import parameters
from opsconsole.recipes.certificate_renewal import RECIPE, files_facts, files_look, files_options, files_place
from opsconsole.recipes.certificate_renewal.files_look import FileAt, Look
from opsconsole.recipes.certificate_renewal.find import Running, Servers
from opsconsole.recipes.certificate_renewal.host_files import CertificateAt
from opsconsole.recipes.certificate_renewal.served import Program, Serving, Target
from opsconsole.recipes.document import from_document, to_document
from opsconsole.recipes.recipe import FactSheet, Given, Plan, PlanError, Risk, secret_mark
from opsconsole.recipes.runner import jobs
from opsconsole.recipes.runner import values as run_values
from tests.unit.certificate_renewal_files.files_made import certificates, prepared, site

PEM, KEY = "/etc/nginx/tls/www.pem", "/etc/nginx/tls/www.key"
HOST = Host("web1", "10.0.0.1")
OLD = "0" * 64
RAW = (
    b"file /etc/nginx/tls/www.pem\0real /etc/nginx/tls/www.pem\0kind file\0stat 644 0 0 root root 1\0"
    b"context ?\0label CERTIFICATE\0label CERTIFICATE\0sha256 " + b"a" * 64 + b"\0"
    b"file /etc/nginx/tls/www.key\0real /srv/www.key\0kind link\0stat 640 0 33 root www-data 2\0context -\0"
    b"label EC PRIVATE KEY\0public " + b"b" * 64 + b"\0locked yes\0"
    b"file /x\0real /x\0kind missing\0openssl yes\0now 1790000000\0lineage-copy " + b"c" * 64 + b" www\0"
    b"end \0"
)  # fmt: skip


# What the host says ---------------------------------------------------------------------------------


def test_the_hosts_words_are_read() -> None:
    found = files_look.parsed(RAW)
    assert (found.has_openssl, found.now) == (True, 1790000000)
    assert found.lineages == {"c" * 64: "www"}
    pem, key, missing = found.files.values()
    assert (pem.mode, pem.owner, pem.sha256, pem.has_certificate, pem.has_key) == (
        0o644,
        "root:root",
        "a" * 64,
        True,
        False,
    )
    assert (key.stat, key.owner, key.links, key.public, key.locked) == (
        "640 0 33",
        "root:www-data",
        2,
        "b" * 64,
        True,
    )
    assert (key.has_key, key.kind, key.real) == (True, "link", "/srv/www.key")
    assert missing.kind == "missing"


@given(st.binary(max_size=300).map(lambda more: RAW.replace(b"end \0", more + b"end \0")) | st.binary())
def test_any_bytes_are_an_answer_or_a_refusal(raw: bytes) -> None:
    try:
        found = files_look.parsed(raw)
    except PlanError:
        return
    for one in found.files.values():
        assert one.kind in {"file", "link", "missing", "other"}
        assert 0 <= one.mode <= 0o7777
    json.dumps(sorted(found.lineages))


# Which files ---------------------------------------------------------------------------------------


def file(path: str, *labels: str, **more: Any) -> FileAt:
    known: dict[str, Any] = {"kind": "file", "stat": "600 0 0", "owner": "root:root", "labels": list(labels)}
    return FileAt(path, **({"real": path} | known | more))


def look(*files: FileAt) -> Look:
    return Look({one.path: one for one in files}, True, None, {})


GOOD = (file(PEM, "CERTIFICATE", "CERTIFICATE"), file(KEY, "PRIVATE KEY"))


def servers(*pairs: Pair) -> Servers:
    block = Server(
        "nginx", "/etc/nginx/sites-enabled/www", 1, ("www.example.org",), (Listen("*", 443, True),), pairs
    )
    running = Running(Program("nginx", "nginx.service"), ("/etc/nginx/nginx.conf",))
    return Servers([(running, Sites("nginx", (block,)))])


def test_the_key_is_where_the_configuration_says() -> None:
    found = files_place.users(servers(Pair(PEM, KEY, "", "f", 1)), PEM, {})
    assert [pair.key for _, pair in found] == [KEY]
    keys = files_place.key_paths((pair for _, pair in found), PEM, "")
    assert keys == [KEY, PEM]
    at = files_place.place(look(*GOOD), PEM, keys, found)
    assert (at.key.path, at.combined, len(at.servers)) == (KEY, False, 1)


def test_a_link_of_the_configuration_and_a_folder_of_haproxy_lead_to_it() -> None:
    files = {"/etc/link.pem": CertificateAt("/etc/link.pem", PEM), PEM: CertificateAt(PEM, PEM)}
    for named in ("/etc/link.pem", "/etc/nginx/tls", "/etc/nginx/tls/"):
        assert files_place.users(servers(Pair(named, "", "", "f", 1)), PEM, files)
    assert not files_place.users(servers(Pair("/etc/nginx", "", "", "f", 1)), PEM, files)


def test_one_file_may_hold_both_or_have_its_key_beside_it() -> None:
    both = file(PEM, "CERTIFICATE", "RSA PRIVATE KEY")
    keys = files_place.key_paths([Pair(PEM, PEM, "", "f", 1)], PEM, "")
    assert keys == [PEM, f"{PEM}.key"]
    assert files_place.place(look(both, file(f"{PEM}.key", kind="missing", stat="")), PEM, keys, []).combined
    beside = look(GOOD[0], file(f"{PEM}.key", "PRIVATE KEY"))
    assert files_place.place(beside, PEM, keys, []).key.path == f"{PEM}.key"


@pytest.mark.parametrize(
    ("pem", "key", "said"),
    [
        ({"lineage": "www"}, {}, "use driver=certbot name=www"),
        ({"kind": "missing", "stat": ""}, {}, "is not there, expected the file to replace"),
        ({"kind": "link", "stat": ""}, {}, "is not there"),
        ({"kind": "other"}, {}, "is no plain file"),
        ({"kind": "link", "real": "/srv/www.pem"}, {}, "target=/srv/www.pem if that file is meant"),
        ({"real": "/mnt/tls/www.pem"}, {}, "or below one, and leads to /mnt/tls/www.pem"),
        ({"locked": True}, {}, "it is read-only"),
        ({"labels": []}, {}, "without a certificate, expected one in PEM"),
        ({"labels": ["CERTIFICATE", "PRIVATE KEY"]}, {}, f"and one in {KEY}, expected it in one"),
        ({}, {"labels": []}, f"found no private key in {KEY}, {PEM}, expected it there: target_key=FILE"),
        ({}, {"kind": "link", "real": "/srv/k"}, "target_key=/srv/k if that file is meant"),
    ],
)
def test_what_cannot_be_replaced_says_why_and_what_to_do(
    pem: dict[str, Any], key: dict[str, Any], said: str
) -> None:
    found = look(replace(GOOD[0], **pem), replace(GOOD[1], **key))
    with pytest.raises(PlanError) as told:
        files_place.place(found, PEM, [KEY, PEM], [])
    assert said in str(told.value)


def test_two_keys_for_one_certificate_are_told() -> None:
    pairs = [Pair(PEM, KEY, "", "f", 1), Pair(PEM, "/other.key", "", "f", 9)]
    with pytest.raises(PlanError, match="with different keys"):
        files_place.key_paths(pairs, PEM, "")
    assert files_place.key_paths(pairs, PEM, KEY) == [KEY]


def test_a_key_that_everybody_reads_and_hard_links_are_warned_of() -> None:
    at = files_place.place(look(GOOD[0], replace(GOOD[1], stat="644 0 0", links=3)), PEM, [KEY, PEM], [])
    assert any("everybody on the host can read" in one for one in at.warnings)
    assert any("has 3 names (hard links)" in one for one in at.warnings)


def test_a_chain_in_a_file_of_its_own_is_warned_of() -> None:
    used = files_place.users(servers(Pair(PEM, KEY, "/etc/apache2/chain.pem", "f", 1)), PEM, {})
    at = files_place.place(look(*GOOD), PEM, [KEY, PEM], used)
    assert any("/etc/apache2/chain.pem are sent behind it as well" in one for one in at.warnings)


# The plan ------------------------------------------------------------------------------------------


def options_of(given: Given, **texts: str) -> dict[str, Any]:
    return parameters.read_all(RECIPE.parameters, {**given.texts, "target": PEM, **texts})


def sheet(given: Given, *files: FileAt, in_use: str = OLD, key: str = "", served: str = OLD) -> FactSheet:
    wanted = files_options.read(options_of(given))
    new = files_facts.given(wanted)
    serving = Serving(
        (Program("nginx", "nginx.service"),),
        tuple(
            Target("nginx", address, 443, "www.example.org", PEM, served=served)
            for address in ("::1", "127.0.0.1")
        ),
    )
    files_ = [replace(one, public=key or OLD) for one in files or GOOD]
    at = files_place.Place(files_[0], files_[-1], ())
    old = tuple(replace(one, fingerprint_sha256=in_use) for one in new) if in_use == OLD else new
    return files_facts._sheet(wanted, at, new, old, serving, ["mind the gap"])


def plan_of(given: Given, facts: FactSheet) -> Plan:
    return RECIPE.plan(HOST, options_of(given), facts)


def test_the_plan_has_the_key_as_a_mark_in_one_command_only() -> None:
    made = site()
    given = prepared(key=made.key, certificate=made.full)
    plan = plan_of(given, sheet(given))
    assert [step.name for step in plan.steps] == ["keep", "install", "reload"]
    assert plan.risk is Risk.REVERSIBLE
    assert plan.warnings == ("mind the gap",)
    marked = [
        command for step in plan.steps for command in step.commands if jobs.marks(command.stdin) == {"key"}
    ]
    assert [command.stdin for command in marked] == [secret_mark("key")]
    assert jobs.filled(marked[0].stdin or b"", given.secrets) == made.key.encode()
    document = json.dumps(to_document(plan))
    assert not [line for line in made.key.splitlines()[1:-1] if line in document]
    assert from_document(json.loads(document)) == plan
    assert find_secret(to_document(plan)) is None
    assert run_values.problem(plan, given.secrets) == ""
    assert "was not given" in run_values.problem(plan, {})
    assert not any(run_values.lacks_secret(step, {}, undoing=True) for step in plan.steps)


def test_the_certificate_and_its_digest_are_what_is_confirmed() -> None:
    made = site()
    given = prepared(key=made.key, certificate=made.full)
    plan = plan_of(given, sheet(given))
    staged = plan.steps[1].commands[0]
    assert staged.stdin == made.full.encode()
    assert certificates(made.leaf)[0].fingerprint_sha256 in staged.argv
    other = site("www.example.org", "x.example.org")
    another = prepared(key=other.key, certificate=other.full)
    assert plan_of(another, sheet(another)).plan_id != plan.plan_id


def test_one_file_with_both_gets_both_in_one_command() -> None:
    made = site()
    given = prepared(key=made.key, certificate=made.full)
    both = file(PEM, "CERTIFICATE", "PRIVATE KEY", "DH PARAMETERS")
    plan = plan_of(given, sheet(given, both))
    stage, swap = plan.steps[1].commands
    assert jobs.filled(stage.stdin or b"", given.secrets) == (made.full + made.key).encode()
    assert swap.stdin == f"{PEM}\n".encode()
    assert any("DH PARAMETERS are kept" in detail for detail in plan.steps[1].details)
    assert run_values.problem(plan, given.secrets) == ""


def test_what_is_in_place_and_served_needs_nothing_and_what_is_not_served_a_reload() -> None:
    made = site()
    given = prepared(key=made.key, certificate=made.full)
    leaf = certificates(made.leaf)[0]
    there = {"in_use": leaf.fingerprint_sha256, "key": leaf.public_key_sha256}
    plan = plan_of(given, sheet(given, **there, served=leaf.fingerprint_sha256))
    assert plan.steps == ()
    assert plan.summary.startswith("nothing to do")
    plan = plan_of(given, sheet(given, **there))
    assert [step.name for step in plan.steps] == ["reload"]
    assert "does not show it everywhere" in plan.summary


def test_hostile_paths_are_words_of_their_own_in_every_command() -> None:
    made = site()
    given = prepared(key=made.key, certificate=made.full)
    path = "/etc/nginx/tls/a b;$(reboot)'\".pem"
    plan = plan_of(given, sheet(given, file(path, "CERTIFICATE"), GOOD[1]))
    for step in plan.steps:
        for command in (*step.commands, step.check.command):
            assert not any(" " in word for word in command.argv[4:])
            assert path.encode() not in (command.stdin or b"")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"target": ""}, "target: nothing was given"),
        ({"target": "www.pem"}, "expected the absolute path of a file"),
        ({"target": "/etc/nginx/"}, "expected the absolute path of a file"),
        ({"target_key": "x"}, "target_key: found 'x'"),
        ({"key": "", "key_public": ""}, "key: nothing was given"),
        ({"certificate": ""}, "certificate: nothing was given"),
    ],
)
def test_what_is_missing_or_wrong_is_said(texts: dict[str, str], said: str) -> None:
    made = site()
    given = prepared(key=made.key, certificate=made.full)
    with pytest.raises(PlanError) as told:
        files_options.read(options_of(given, **texts))
    assert said in str(told.value)
