"""The line of every key: on hand-made texts, and on any text that tomllib accepts."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.console.sources.toml_lines import Key, key_lines

TEXT = '''\
a.b.c = 1 # x = 2
"q.\\u0041 b" = """
x = 1
[not.a.table] \\""" ""\\"
"""
'lit' = \'\'\'
[no]
\'\'\'
[t] # [u]
x = {y=1, "z z"={w=[1,
2, {k='v'}]}}
date = 2020-01-01 10:00:00
[[arr]]
n = [ # comment ]
  "]",
  # another
  3,
]
[arr.sub]
m = 2
[[arr.deep]]
v = 1
[[arr]]
[arr.sub]
m = +1.5
[x.y.z]
[x]
own = true
'''

EXPECTED: dict[Key, int] = {
    ("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1,
    ("q.A b",): 2,
    ("lit",): 6,
    ("t",): 9, ("t", "x"): 10, ("t", "x", "y"): 10, ("t", "x", "z z"): 10, ("t", "x", "z z", "w"): 10,
    ("t", "x", "z z", "w", 0): 10, ("t", "x", "z z", "w", 1): 11, ("t", "x", "z z", "w", 2): 11,
    ("t", "x", "z z", "w", 2, "k"): 11, ("t", "date"): 12,
    ("arr",): 13, ("arr", 0): 13, ("arr", 0, "n"): 14, ("arr", 0, "n", 0): 15, ("arr", 0, "n", 1): 17,
    ("arr", 0, "sub"): 19, ("arr", 0, "sub", "m"): 20, ("arr", 0, "deep"): 21, ("arr", 0, "deep", 0): 21,
    ("arr", 0, "deep", 0, "v"): 22,
    ("arr", 1): 23, ("arr", 1, "sub"): 24, ("arr", 1, "sub", "m"): 25,
    ("x",): 27, ("x", "y"): 26, ("x", "y", "z"): 26, ("x", "own"): 28,
}  # fmt: skip


def test_every_kind_of_key_has_its_line() -> None:
    tomllib.loads(TEXT)
    assert key_lines(TEXT) == EXPECTED
    assert key_lines(TEXT.replace("\n", "\r\n")) == EXPECTED


def paths(value: Any, key: Key = ()) -> set[Key]:
    """Return every key path of a parsed text."""
    found = {key} if key else set()
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, item in items:
        found |= paths(item, (*key, part))
    return found


names = st.sampled_from(["a", "b", "c-1", "x.y", "ü", "", 'q"', "1"])
texts = st.sampled_from(["", "x", "]", "}", "a\nb = 1\n[t]", "'\"", "#", "=", "\\"])
scalars = st.one_of(st.integers(-9, 9), st.booleans(), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=8,
)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def written(value: Any, draw: st.DataObject) -> str:
    """Write a value as TOML, in one of the ways that TOML has."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {written(item, draw)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        space = draw.draw(st.sampled_from(["", " ", "\n", "\n# c ] }\n\t"]))
        return "[" + ",".join(f"{space}{written(item, draw)}" for item in value) + space + "]"
    if isinstance(value, str) and "'" not in value and "\\" not in value and draw.draw(st.booleans()):
        return f"'''{value}'''" if "\n" in value or draw.draw(st.booleans()) else f"'{value}'"
    if isinstance(value, str) and "\\" not in value and '"' not in value and draw.draw(st.booleans()):
        return f'"""\n{value}"""'
    return quoted(value) if isinstance(value, str) else str(value)


@settings(max_examples=150, deadline=None)
@given(tables=st.dictionaries(names, st.dictionaries(names, values, max_size=4), max_size=4), data=st.data())
def test_finds_exactly_the_keys_that_tomllib_finds(
    tables: dict[str, dict[str, Any]], data: st.DataObject
) -> None:
    text = ""
    line = {}
    for name, table in tables.items():
        text += data.draw(st.sampled_from(["", "\n", "# [c]\n"])) + f"[{quoted(name)}]\n"
        for key, value in table.items():
            line[(name, key)] = text.count("\n") + 1
            text += f"{quoted(key)} = {written(value, data)}\n"
    parsed = tomllib.loads(text)
    found = key_lines(text)
    assert set(found) == paths(parsed)
    assert {key: found[key] for key in line} == line


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="ab.=[]{}\"'\\\n#, 1", max_size=40))
def test_never_fails_on_what_tomllib_accepts(text: str) -> None:
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(key_lines(text)) == paths(parsed)
