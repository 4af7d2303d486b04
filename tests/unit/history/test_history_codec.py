"""The packed samples: what goes in comes out, and broken rows break nothing."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsconsole.data.history_codec import pack_minute, pack_sample, unpack_minute, unpack_samples

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(st.integers(0, 59_999), FLOATS, FLOATS), min_size=1, max_size=40))
def test_samples_come_back(samples: list[tuple[int, float, float]]) -> None:
    blob = b"".join(pack_sample(offset, values) for offset, *values in samples)
    assert [tuple(one) for one in unpack_samples(blob, 2)] == samples


@given(st.binary(max_size=200), st.integers(1, 12))
def test_any_bytes_can_be_unpacked(blob: bytes, names: int) -> None:
    assert len(list(unpack_samples(blob, names))) == len(blob) // struct.calcsize(f"<H{names}f")
    assert len(unpack_minute(blob, names)) == 1 + 3 * names


def test_minute_has_mean_smallest_and_largest() -> None:
    blob = pack_minute([(0, 1.0, 5.0), (2000, 2.0, math.nan), (4000, 6.0, 7.0)])
    assert unpack_minute(blob, 2) == pytest.approx((3, 3.0, 1.0, 6.0, 6.0, 5.0, 7.0))


def test_a_value_too_large_for_a_float_is_unknown() -> None:
    [(_, one, other)] = unpack_samples(pack_sample(0, (1e39, 2.0)), 2)
    assert math.isnan(one)
    assert other == 2
    assert math.isnan(unpack_minute(pack_minute([(0, one)]), 1)[1])
