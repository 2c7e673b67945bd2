"""The rhythms that are rendered: every bar fits its metre, every style plays."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from render_scores import DRUMS, Piece
from styles import SHIPPED, Style, read

STYLES = [*read(), *read(SHIPPED.with_name("dances.toml"))]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_bar_divides_into_its_beats(style: Style) -> None:
    assert 30 <= style.slow < style.fast <= 240
    assert set(style.drums) <= set(DRUMS)
    for bar in (*style.bass, *style.chords, *style.melody, *(bar for bars in style.drums.values() for bar in bars)):
        assert set(bar) <= set("xo.")
        assert len(bar) % style.beats == 0


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_style_plays_something_at_a_tempo_of_its_own(style: Style) -> None:
    piece = Piece(style, 12.0, np.random.default_rng(1), played=0.5).play()
    assert style.slow - 0.1 <= piece.bpm <= style.fast + 0.1
    assert len(piece.notes) >= 8
