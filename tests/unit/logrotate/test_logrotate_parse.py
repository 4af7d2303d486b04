"""The parser of logrotate's configuration: what logrotate 3.21 says of the same text, line by line."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.data.logrotate import Effect, Rule, matches, parse, rotated_from

ROOT = "/etc/logrotate.conf"
DEBIAN = b"""# see "man logrotate" for details
weekly
rotate 4
create
#dateext
include /etc/logrotate.d
# system-specific logs may also be configured here.
"""
NGINX = b"""/var/log/nginx/*.log {
\tdaily
\tmissingok
\trotate 14
\tcompress
\tdelaycompress
\tnotifempty
\tcreate 0640 www-data adm
\tsharedscripts
\tprerotate
\t\tif [ -d /etc/logrotate.d/httpd-prerotate ]; then \\
\t\t\trun-parts /etc/logrotate.d/httpd-prerotate; \\
\t\tfi \\
\tendscript
\tpostrotate
\t\tinvoke-rc.d nginx rotate >/dev/null 2>&1
\tendscript
}
"""

# Text, then (line, kind, effect) of each problem, then how many rules are left: as `logrotate -d` 3.21 has it
# (tests/lab/test_logs_panel.py holds the lines against the real one).
CASES = {
    "unclosed": ("/var/log/a {\n daily\n", [(1, "unclosed-brace", Effect.NONE)], 1),
    "unclosed-before-another": (
        "/var/log/a {\n daily\n/var/log/b {\n weekly\n}\n",
        [(3, "syntax", Effect.RULE_SKIPPED)],
        0,
    ),
    "unknown-directives": (
        "foo bar\n/var/log/a {\n dailly\n rotate 3\n}\n",
        [(1, "unknown-directive", Effect.LINE_IGNORED), (3, "unknown-directive", Effect.LINE_IGNORED)],
        1,
    ),
    "no-endscript": (
        "/var/log/b {\n}\n/var/log/a {\n postrotate\n echo }\n}\n/var/log/c {\n}\n",
        [(4, "missing-endscript", Effect.REST_SKIPPED)],
        1,
    ),
    "brace-alone": ("}\n/var/log/a {\n daily\n}\n", [(1, "syntax", Effect.REST_SKIPPED)], 0),
    "no-argument": ("/var/log/a {\n rotate\n daily\n}\n", [(2, "argument", Effect.RULE_SKIPPED)], 0),
    "bad-count": ("/var/log/a {\n rotate 5 }\n}\n", [(2, "argument", Effect.RULE_SKIPPED)], 0),
    "bad-count-and-no-brace": ("/var/log/a {\n rotate 5 }\n", [(2, "argument", Effect.NONE)], 1),
    "text-after": ("/var/log/a {\n daily\n} x\n", [(3, "syntax", Effect.LINE_IGNORED)], 1),
    "one-line": ("/var/log/a { daily compress\n rotate 3\n}\n", [], 1),
    "number-first": ("5 daily\n", [(1, "syntax", Effect.REST_SKIPPED)], 0),
    "weekly-argument": ("/var/log/a { weekly rotate 3\n}\n", [(1, "argument", Effect.REST_SKIPPED)], 0),
    "no-brace": ("/var/log/a\n daily\n", [(1, "syntax", Effect.REST_SKIPPED)], 0),
    "bad-size": ("/var/log/a {\n size 5T\n}\n", [(2, "argument", Effect.RULE_SKIPPED)], 0),
    "su-alone": ("/var/log/a {\n su\n}\n", [(2, "argument", Effect.RULE_SKIPPED)], 0),
    "windows-line-ends": (
        "/var/log/a {\r\n daily\r\n}\r\n",
        [(1, "syntax", Effect.RULE_SKIPPED), (3, "syntax", Effect.REST_SKIPPED)],
        0,
    ),
    "skipped-rule-with-script": (
        "/var/log/a {\n rotate x\n postrotate\n }\n endscript\n}\n/var/log/b {\n}\n",
        [(2, "argument", Effect.RULE_SKIPPED)],
        1,
    ),
}


def one(text: str) -> Rule:
    (rule,) = parse({ROOT: text.encode()}).rules
    return rule


@pytest.mark.parametrize("name", CASES)
def test_problems_have_the_line_and_the_effect_that_logrotate_gives_them(name: str) -> None:
    text, expected, rules = CASES[name]
    found = parse({ROOT: text.encode()})
    assert [(one.line, one.kind, one.effect) for one in found.problems] == expected
    assert len(found.rules) == rules


def test_a_debian_configuration_with_a_drop_in() -> None:
    found = parse({ROOT: DEBIAN, "/etc/logrotate.d/nginx": NGINX, "/etc/logrotate.d/x.dpkg-old": b"}"})
    assert found.problems == ()
    assert found.files == (ROOT, "/etc/logrotate.d/nginx")  # .dpkg-old is taboo
    (rule,) = found.rules
    assert (rule.file, rule.line, rule.patterns) == ("/etc/logrotate.d/nginx", 1, ("/var/log/nginx/*.log",))
    assert (rule.when, rule.rotate_count, rule.flag("compress"), rule.copytruncate) == (
        "daily",
        14,
        True,
        False,
    )
    assert rule.argument("create") == "0640 www-data adm"
    assert rule.scripts["postrotate"].text.strip() == "invoke-rc.d nginx rotate >/dev/null 2>&1"
    assert rule.scripts["postrotate"].line == 15
    assert found.rule_for("/var/log/nginx/access.log") is rule
    assert found.rule_for("/var/log/nginx/old/access.log") is None


def test_globals_hold_for_later_rules_also_out_of_an_included_file() -> None:
    files = {
        ROOT: b"rotate 4\ninclude /etc/logrotate.d\n/var/log/z {\n nocompress\n}\n",
        "/etc/logrotate.d/a": b"compress\nrotate 9\n/var/log/a {\n}\n",
        "/etc/logrotate.d/b": b"rotate 1\n5\n",  # broken: what it said globally does not hold
    }
    first, last = parse(files).rules
    assert (first.rotate_count, first.flag("compress")) == (9, True)
    assert (last.rotate_count, last.flag("compress")) == (9, False)


@pytest.mark.parametrize(
    ("taboo", "read"),
    [("tabooext + .off", ["b"]), ("taboopat b*", ["a.off"]), ("tabooext .x, .y", ["a.off", "b"])],
)
def test_taboo_files_are_not_read(taboo: str, read: list[str]) -> None:
    files = {
        ROOT: f"{taboo}\ninclude /etc/logrotate.d\n".encode(),
        "/etc/logrotate.d/a.off": b"",
        "/etc/logrotate.d/b": b"",
    }
    assert parse(files).files[1:] == tuple(f"/etc/logrotate.d/{name}" for name in read)


def test_patterns_on_several_lines_with_quotes_and_comments() -> None:
    rule = one('/var/log/a\n# not /var/log/x\n"/var/log/b c" /var/log/d\\ e\n{\n}\n')
    assert rule.patterns == ("/var/log/a", "/var/log/b c", "/var/log/d e")


def test_an_include_of_itself_ends() -> None:
    found = parse({ROOT: b"include /etc/logrotate.conf\n"})
    assert [one.kind for one in found.problems] == ["include"]


def test_a_log_of_two_rules_is_named_with_both_places() -> None:
    found = parse({ROOT: b"/var/log/a.log {\n}\n/var/log/*.log {\n}\n"})
    assert found.duplicates([]) == []  # nothing says that the file is there
    (problem,) = found.duplicates(["/var/log/a.log", "/var/log/b.log"])
    assert (problem.file, problem.line, problem.effect) == (ROOT, 3, Effect.PATTERN_CUT)
    assert problem.message == f"duplicate log entry for /var/log/a.log, which {ROOT}:1 has already"
    allowed = parse({ROOT: b"ignoreduplicates\n/var/log/a.log {\n}\n/var/log/*.log {\n}\n"})
    assert allowed.duplicates(["/var/log/a.log"]) == []


@pytest.mark.parametrize(
    ("directives", "when", "size"),
    [
        ("", "size", 1 << 20),
        ("daily", "daily", None),
        ("size 10k", "size", 10240),
        ("daily\nmaxsize 2G", "daily", 2 << 30),
        ("size 100\nweekly", "weekly", None),
    ],
)
def test_when_it_rotates(directives: str, when: str, size: int | None) -> None:
    rule = one(f"/var/log/a {{\n{directives}\n}}\n")
    assert (rule.when, rule.size_bytes) == (when, size)


@pytest.mark.parametrize(
    ("name", "log"),
    [
        ("syslog.2.gz", "syslog"),
        ("a.log-20260101", "a.log"),
        ("a-2026-01-01.log.gz", "a"),
        ("app.2024-01-01.0.log.gz", "app"),
        ("app-2024-01-01-1.log.gz", "app"),
        ("app.log.2024-01-01.12", "app.log"),
        ("app-01-31-2024-1.log.gz", "app"),
        ("app-20240101-13-2.log", "app"),
        ("a.old", "a"),
        ("a.log.xz", "a.log"),
        ("web-1.log", None),
        ("a.log", None),
        (".1", None),
    ],
)
def test_rotated_names(name: str, log: str | None) -> None:
    assert rotated_from(f"/var/log/{name}") == (log and f"/var/log/{log}")


def test_names_that_are_no_utf8_compare_exactly() -> None:
    name = b"/var/log/\xff\xfe.log"
    rule = parse({ROOT: b'"' + name + b'" {\n}\n'}).rules[0]
    assert rule.covers(name.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("pattern", "path", "yes"),
    [
        ("/var/log/*.log", "/var/log/a.log", True),
        ("/var/log/*.log", "/var/log/.a.log", False),
        ("/var/log/.*", "/var/log/.a", True),
        ("/var/log/*", "/var/log/a/b", False),
        ("/var/log/*/?[!0-9]", "/var/log/a/bx", True),
        ("/var/log/*/?[!0-9]", "/var/log/a/b1", False),
        ("/var/log/[]a]", "/var/log/]", True),
        ("/var/log/\\*", "/var/log/*", True),
        ("/var/log/\\*", "/var/log/x", False),
        ("/var/log/[a", "/var/log/[a", True),
    ],
)
def test_glob(pattern: str, path: str, yes: bool) -> None:
    assert matches(pattern, path) is yes


@settings(max_examples=150, deadline=None)
@given(st.text("ab*?[]!-", max_size=12), st.text("ab-!]", max_size=12))
def test_glob_agrees_with_fnmatch_on_one_component(pattern: str, name: str) -> None:
    if "[" in pattern and "-" in pattern:
        return  # ranges that run backwards are nobody's
    assert matches(pattern, name) == fnmatch.fnmatchcase(name, pattern)


def test_a_glob_of_many_stars_is_not_slow() -> None:
    assert not matches("*a" * 500 + "b", "a" * 5000)


WORDS = [
    b"daily", b"rotate ", b"4", b"\n", b"{", b"}", b"/var/log/a.log ", b'"', b"'", b"\\", b"#",
    b"postrotate\n", b"endscript\n", b"include /etc/logrotate.d\n", b"tabooext + .a\n", b"su a b\n",
    b"size 10M\n", b" ",
    b"\xff", b"\x00", b"*", b"weekly", b"= ", b"create 0640 a b\n", b"~",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(WORDS), max_size=60).map(b"".join)), st.data()
)
def test_any_bytes_give_an_answer(text: bytes, data: st.DataObject) -> None:
    other = data.draw(st.lists(st.sampled_from(WORDS), max_size=20).map(b"".join))
    found = parse({ROOT: text, "/etc/logrotate.d/a": other})
    lines = {ROOT: text.count(b"\n") + 1, "/etc/logrotate.d/a": other.count(b"\n") + 1}
    for problem in found.problems:
        assert 1 <= problem.line <= lines[problem.file]
        assert problem.message.isprintable()
    for rule in found.rules:
        assert 1 <= rule.line <= lines[rule.file]
        rule.covers("/var/log/a.log")
        assert rule.when
        assert rule.size_bytes is None or rule.size_bytes >= 0
        assert rule.rotate_count is not None
    found.duplicates(["/var/log/a.log"])


def test_large_hostile_files_take_time_in_proportion() -> None:
    for text in (
        b" " * 300_000,
        b"/a {\nrotate x\n" + b" " * 300_000,
        b"/a {\n}\n" * 10_000,
        b"x\n" * 30_000,
    ):
        found = parse({ROOT: text})
        assert len(found.problems) <= 200
