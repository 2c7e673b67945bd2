"""Windows are spread over the whole sound, the same ones every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.audio.windows import starts


def test_a_long_track_is_covered_from_first_to_last_sound() -> None:
    found = starts(20_000, 500, 19_000, 187, 24)

    assert len(found) == 24
    assert found[0] == 500
    assert found[-1] + 187 == 19_000
    assert np.ptp(np.diff(found)) <= 1


def test_a_short_track_gives_fewer_windows_that_share_at_most_half() -> None:
    found = starts(600, 0, 600, 187, 24)

    assert 1 < len(found) < 24
    assert np.diff(found).min() >= 93


def test_one_window_exactly() -> None:
    assert starts(187, 0, 187, 187, 24).tolist() == [0]


def test_less_than_one_window_is_refused() -> None:
    with pytest.raises(ValueError, match="186 frames"):
        starts(186, 0, 186, 187, 24)


@given(st.integers(187, 200_000), st.data())
def test_windows_never_leave_the_track(frames: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, frames))
    last = data.draw(st.integers(first, frames))

    found = starts(frames, first, last, 187, 24)

    assert 1 <= len(found) <= 24
    assert found.min() >= 0
    assert found.max() + 187 <= frames
    assert (np.diff(found) > 0).all()
