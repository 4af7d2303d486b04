"""Whatever a host sends, there is a reading, and it can be judged, written as JSON and drawn."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from opsconsole.panels.logs import PANEL
from opsconsole.panels.logs.limits import LogsLimits
from opsconsole.panels.panel import SectionOutput
from tests.unit.logs_panel.logs_samples import CAPTURED, NOW

SECTIONS = ("host", "walk")
NAMES = [b"who", b"configuration", b"version", b"state", b"dry", b"nodry", b"logs", b"deleted", b"journal"]
NAMES += [b"daemon", b"containers", b"access", b"now", b"reach", b"yesterday", b"usage", b"absent", b"\xff"]
PIECES = [
    b"0 1 2\n",
    b"=/\n>24 100 900\n#5 6\n",
    b"f100\t/a.log\n!1795673622\n",
    b"d100\t/\n",
    b"end 0\n",
    b"end 124\n",
    b">644 0 /etc/logrotate.conf\n|/var/log/a {\n|",
    b"|error: a:1 x\n|status 0\n",
    b"~many\n",
    b"-1 2 3 4 5\n",
    b"=nginx\n+nginx.service\n*/var/log/x (deleted)\n",
    b"120 61392 1795671413.0 /var/log/dpkg.log\n",
    b'-1 2 aaaabbbbcccc\n="Name":"/x"\n+"LogConfig":{"Type":"json-file","Config":{}}\n',
    b"17 sudo\n",
    b"99" * 20,
    b"49164\t/var/log/journal\n",
    b'|{"log-opts": [1]}\n',
    b"\x01\x1b[31m[/b]\xff\xfe",
    b"\n\n",
    b">999999 x y\n|",
]


def usable(sections: dict[str, bytes], *, truncated: bool = False) -> None:
    reader = PANEL.reader(None)  # type: ignore[arg-type]  # the host is not looked at
    outputs = {name: SectionOutput(text, 0, truncated) for name, text in sections.items()}
    for _ in range(2):
        reading = reader.read(outputs, NOW)
    PANEL.judge(reading, LogsLimits(uncovered_bytes=1, deleted_bytes=1, container_bytes=1, errors_floor=1))
    document = json.dumps(PANEL.to_json(reading), allow_nan=False)
    assert "\\u001b" not in document
    assert "\\u0001" not in document
    assert all(value >= 0 for value in reader.series(reading).values())


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SECTIONS), st.binary(max_size=2000))
def test_any_bytes_give_a_reading(section: str, text: bytes) -> None:
    usable({section: text})


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    made = b""
    for _ in range(draw(st.integers(1, 10))):
        body = b"".join(
            draw(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(PIECES)), max_size=6))
        )
        status = draw(st.sampled_from([b"0", b"1", b"124", b"", b"-1", b"9" * 30]))
        made += b"\n@@" + draw(st.sampled_from(NAMES)) + b"\n" + body + b"\n\n@@=" + status + b"\n"
    return made


@settings(max_examples=200, deadline=None)
@given(frames(), frames())
def test_any_parts_in_good_frames_give_a_reading(host: bytes, walk: bytes) -> None:
    usable({"host": host, "walk": walk})


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(CAPTURED.iterdir())), st.data())
def test_damaged_captures_give_a_reading(path, data: st.DataObject) -> None:
    text = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    usable({path.suffix[1:]: bytes(text[: data.draw(st.integers(0, len(text)))])}, truncated=True)
