"""Ratings of people become one truth for each piece."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import render_rated


def test_a_rating_is_the_mean_of_its_listeners_without_the_first_measure(tmp_path: Path) -> None:
    curves = {
        "piece1_ada": {"valence": [-1, 0.5, 0.5], "arousal": [1, 0.0, 0.2]},
        "piece1_ben": {"valence": [-1, 0.1], "arousal": [1, -0.3]},
        "piece10_ben": {"valence": [0.9, -0.9], "arousal": [0.9]},  # listened to one measure only
    }
    pieces = {
        name: {"midi": f"folder/Games_{name}.mid", "duration": 31, "measures": 2}
        for name in ("piece1", "piece10", "piece2")
    }
    (tmp_path / "raw.json").write_text(json.dumps({"annotations": curves, "pieces": pieces}))

    (piece,) = render_rated.read_ratings(tmp_path / "raw.json")

    assert (piece.midi, piece.series, piece.seconds) == ("Games_piece1.mid", "Games", 31.0)
    assert piece.ratings == pytest.approx({"valence": 0.3, "arousal": -0.1})
