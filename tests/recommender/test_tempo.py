"""Tempo of sounds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.features import mel, tempo
from recommender.features.metre import CUES, RATIOS
from recommender.measurement import GRID, FloatArray, Pulse
from tests import sounds

RATE = mel.RATE
STROKES = {"kick": (55.0, 0.10), "snare": (190.0, 0.08), "hat": (0.0, 0.02)}


def heard(samples: FloatArray) -> Pulse:
    stream = mel.MelStream()
    stream.feed(samples.astype(np.float32))
    return tempo.pulse(stream.finish(), mel.FRAME_RATE)


def folded_error(bpm: float, truth: float) -> float:
    return min(abs(bpm / (truth * ratio) - 1) for ratio in (1, 2, 3, 1 / 2, 1 / 3))


def loop(bpm: float, seconds: float, **bars: str) -> FloatArray:
    """Drums from sixteenths: `x` a stroke."""
    rng = np.random.default_rng(1)
    line = np.zeros(round((seconds + 1) * RATE), np.float32)
    for name, bar in bars.items():
        hertz, decay = STROKES[name]
        time = np.arange(round(5 * decay * RATE)) / RATE
        noise = rng.normal(size=len(time)) * (0.1 if name == "kick" else 0.6)
        stroke = (np.sin(2 * np.pi * hertz * time) + noise) * np.exp(-time / decay) * 0.3
        for step in range(int(seconds * bpm / 15)):
            if bar[step % len(bar)] == "x":
                start = round(step * 15 / bpm * RATE)
                line[start : start + len(stroke)] += stroke
    return line[: round(seconds * RATE)]


def rock(bpm: float, seconds: float = 24) -> FloatArray:
    return loop(bpm, seconds, kick="x.......x.x.....", snare="....x.......x...", hat="x.x.x.x.x.x.x.x.")


@pytest.mark.parametrize("bpm", [67.3, 84.0, 97.5, 118.0, 120.0, 133.7, 174.0])
def test_the_period_of_clicks_is_exact(bpm: float) -> None:
    pulse = heard(sounds.clicks(bpm, 30, rate=RATE))
    assert folded_error(pulse.bpm, bpm) < 0.0003
    assert pulse.clarity > 0.6
    assert pulse.stability > 0.9


def test_a_tempo_that_breathes_is_told_by_its_mean() -> None:
    drift, wave = 0.015, 60  # relative, beats: slow at both ends and in the middle, fast between
    beats = np.arange(120)
    times = (beats + drift * wave / (2 * np.pi) * np.sin(2 * np.pi * beats / wave)) * 60 / 150
    line = np.zeros(round(50 * RATE), np.float32)
    for start in np.round(times * RATE).astype(int):
        line[start : start + 200] = np.hanning(200) * np.random.default_rng(1).normal(size=200)
    assert folded_error(heard(line).bpm, 150) < 0.003


@pytest.mark.parametrize("bpm", [92.0, 104.5, 116.0, 128.0])
def test_a_rock_beat_keeps_its_octave(bpm: float) -> None:
    decided = tempo.decide(heard(rock(bpm)), None)
    assert decided.bpm == pytest.approx(bpm, rel=0.01)


def test_the_decision_and_the_posterior_agree() -> None:
    decided = tempo.decide(heard(rock(110.0)), None)
    assert decided.bpm is not None
    assert decided.posterior.sum() == pytest.approx(1, abs=1e-4)
    near = np.abs(np.log2(GRID / decided.bpm)) < 0.04
    assert decided.posterior[near].sum() > 0.5


def test_beats_are_where_the_clicks_are() -> None:
    decided = tempo.decide(heard(sounds.clicks(120, 20, rate=RATE, offset=0.2)), None)
    assert decided.bpm is not None
    period = 60 / decided.bpm
    late = (decided.beat_phase - 0.2 + period / 4) % period - period / 4
    assert abs(late) < 0.05
    assert 0 <= decided.beat_phase < period


def test_noise_has_no_pulse() -> None:
    pulse = heard(sounds.noise(30, rate=RATE))
    assert pulse.clarity < 0.1
    assert tempo.decide(pulse, None).bpm is None


def test_a_held_chord_has_no_pulse() -> None:
    pulse = heard(sum(sounds.sine(hertz, 20, rate=RATE, level=0.1) for hertz in (220.0, 277.2, 329.6)))
    assert tempo.decide(pulse, None).bpm is None


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(1), np.ones(1), np.zeros(RATE * 10), np.ones(RATE * 10)])
def test_nothing_to_hear_is_said_so(samples: FloatArray) -> None:
    pulse = heard(samples)
    assert pulse.clarity == 0
    assert pulse.posterior.sum() == pytest.approx(1, abs=1e-4)
    decided = tempo.decide(pulse, None)
    assert decided.bpm is None
    assert np.isfinite(decided.posterior).all()


def test_bad_numbers_do_not_spread() -> None:
    power = np.random.default_rng(0).random((1000, 96)).astype(np.float32)
    power[100], power[200], power[300] = np.nan, np.inf, -1
    pulse = tempo.pulse(power, 62.5)
    assert np.isfinite([pulse.bpm, pulse.clarity, pulse.stability, pulse.beat_phase]).all()
    assert np.isfinite(pulse.posterior).all()
    assert np.isfinite(pulse.cues).all()


def test_loudness_does_not_matter() -> None:
    quiet, loud = heard(rock(100.0, 15) * 0.01), heard(rock(100.0, 15))
    assert quiet.bpm == pytest.approx(loud.bpm, rel=1e-3)
    assert quiet.clarity == pytest.approx(loud.clarity, abs=0.02)


def test_a_tempo_that_changes_is_less_stable() -> None:
    halves = np.concatenate([sounds.clicks(100, 30, rate=RATE), sounds.clicks(131, 30, rate=RATE)])
    assert heard(halves).stability < 0.8


def test_tags_may_be_missing_or_broken() -> None:
    pulse = heard(rock(120.0, 15))
    for logits in (None, np.zeros(0, np.float32), np.full(100, np.nan, np.float32), np.zeros(100, np.float32)):
        assert tempo.decide(pulse, logits).bpm is not None


def test_cues_have_one_row_a_candidate() -> None:
    assert heard(rock(120.0, 15)).cues.shape == (len(RATIOS) * CUES,)


def test_the_same_sound_gives_the_same_numbers() -> None:
    one, two = heard(rock(90.0, 15)), heard(rock(90.0, 15))
    assert one.bpm == two.bpm
    assert np.array_equal(one.posterior, two.posterior)
    assert np.array_equal(one.cues, two.cues)
