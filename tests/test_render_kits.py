"""Kits of Hydrogen: which recording is which drum, and strokes where the notes say."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import render_kits
from render_scores import Piece
from styles import SHIPPED, read

KIT = """<drumkit_info xmlns="http://www.hydrogen-music.org/drumkit"><instrumentList>
<instrument><name>Big Kick</name><filename>kick.wav</filename></instrument>
<instrument><name>Snare Jazz</name><instrumentComponent>
  <layer><filename>soft.wav</filename><min>0</min><max>0.5</max></layer>
  <layer><filename>hard.wav</filename><min>0.5</min><max>1</max></layer></instrumentComponent></instrument>
<instrument><name>Cowbell</name><filename>lost.wav</filename></instrument>
</instrumentList></drumkit_info>"""


@pytest.fixture
def kit(tmp_path: Path) -> render_kits.Kit:
    (tmp_path / "drumkit.xml").write_text(KIT)
    for name, level in (("kick", 0.9), ("soft", 0.1), ("hard", 0.8)):
        soundfile.write(tmp_path / f"{name}.wav", np.full((50, 2), level), render_kits.RATE)
    return render_kits.read_kit(tmp_path)


def test_instruments_are_known_by_their_names_and_lost_recordings_are_left_out(kit: render_kits.Kit) -> None:
    assert set(kit) == {36, 38}
    assert [layer.path.stem for layer in kit[38][0]] == ["soft", "hard"]


def test_strokes_sound_where_the_notes_are_and_as_hard(kit: render_kits.Kit) -> None:
    piece = Piece(next(style for style in read(SHIPPED) if style.drums), 4.0, np.random.default_rng(0))
    piece.bpm = 120.0
    piece.notes = [(9, 36, 0.0, 0.2, 127), (9, 38, 2.0, 0.2, 127), (9, 42, 4.0, 0.2, 40)]  # no hi-hat: on the snare
    sound = render_kits.perform(piece, kit, 4.0, np.random.default_rng(0))
    starts = np.flatnonzero(np.diff(np.abs(sound) > 1e-4, prepend=False))[::2] / render_kits.RATE
    assert starts == pytest.approx([0.0, 1.0, 2.0], abs=0.002)
    loud = [np.abs(sound[int(at * render_kits.RATE) :][:100]).max() for at in (0.0, 1.0, 2.0)]
    assert loud[0] > loud[1] > 10 * loud[2] > 0
