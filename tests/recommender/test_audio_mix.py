"""Channels to mono: nothing clips, and nothing that is opposed cancels, wherever in a file it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.audio.decode import RATE, Decoder, Mixer
from tests import sounds


def heard(path: Path) -> np.ndarray:
    """Mono at 16 kHz."""
    return np.concatenate([block.mono for block in Decoder(path).blocks()])


def level(mono: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(mono.astype(np.float64) ** 2)))


def test_the_mix_neither_clips_nor_gains(tmp_path: Path) -> None:
    tone = sounds.sine(440, 3, level=1.0)

    mono = heard(sounds.wav(tmp_path / "full.wav", np.stack([tone, tone]), subtype="FLOAT"))

    assert np.abs(mono[2000:-2000]).max() == pytest.approx(1.0, abs=0.001)


def test_opposed_channels_do_not_cancel(tmp_path: Path) -> None:
    noise = sounds.noise(4)

    mirrored = heard(sounds.wav(tmp_path / "mirrored.wav", np.stack([noise, -noise])))
    plain = heard(sounds.wav(tmp_path / "plain.wav", np.stack([noise, noise])))

    assert level(mirrored) == pytest.approx(level(plain), rel=0.01)


@pytest.mark.parametrize("kind", [".wav", ".mp3", ".opus"])
@pytest.mark.parametrize("turns", [(2.0,), (2.6, 3.7), (4.3, 6.8)])
@pytest.mark.parametrize("first", [1, -1, 0])
def test_what_is_opposed_in_some_places_cancels_in_none(
    first: int, turns: tuple[float, ...], kind: str, tmp_path: Path
) -> None:
    """Whether the opening is alike, opposed or silent: what is lost lies within one piece of a turn."""
    tone, rate = sounds.sine(440, 9, rate=48_000), 48_000
    other, sign, begun = tone.copy(), first, 0
    for turn in (*turns, 9.0):
        other[begun : round(turn * rate)] *= sign
        sign, begun = -sign or -1, round(turn * rate)
    left = np.where(other == 0, 0, tone).astype(np.float32)
    path = sounds.write(tmp_path / f"turning{kind}", np.stack([left, other]), rate=rate)

    mono = heard(path)

    step = RATE // 20
    levels = np.sqrt(np.mean(mono[: len(mono) // step * step].reshape(-1, step) ** 2, axis=1))
    quiet = np.flatnonzero(levels[:170] < 0.3) / 20
    near = np.min(np.abs(quiet[:, None] + 0.025 - np.array(turns)), axis=1, initial=9.0)
    opening = quiet < (turns[0] if first == 0 else 0.1)
    assert (opening | (near < 0.25)).all(), quiet
    assert len(quiet[~opening]) <= 5 * len(turns)
    assert np.array_equal(heard(path), mono)


def test_a_channel_and_its_mirror_image_are_whole_from_the_first_sample() -> None:
    noise = sounds.noise(4)
    noisy = noise + sounds.noise(4, level=1e-4, seed=1)  # now the one channel is louder, now the other
    mixer = Mixer()

    mixed = np.concatenate([mixer.mix(np.stack([noise, -noisy])[:, at : at + 65_536]) for at in (0, 65_536)])

    assert np.allclose(mixed, noise[: len(mixed)] * np.sign(mixed @ noise[: len(mixed)]), atol=1e-3)


def test_a_turn_of_phase_makes_no_click() -> None:
    tone = sounds.sine(100, 1.0)
    mixer = Mixer()
    mixed = np.concatenate([mixer.mix(np.stack([tone, tone])), mixer.mix(np.stack([tone, -tone]))])

    assert np.abs(np.diff(mixed)).max() < 0.02  # a tone of 100 Hz moves by 0.007 a sample
