"""Tempo of a track: the pulse from its onsets, then the octave that people would tap.

The period of music is easy, its octave is not: 70 and 140 fit the same onsets. So `pulse` measures inside the cell,
where the samples are, and `decide` chooses the octave in the worker, where the encoder's tags are known too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, map_coordinates

from recommender.features import metre, octave
from recommender.features.periodicity import Periodicity, onset_envelopes, periodicity
from recommender.measurement import GRID, STEPS_PER_OCTAVE, FloatArray, Pulse, Tempo

VERSION = "4"  # of the pulse; the decision has its own, `octave.version`

PRIOR_BPM, PRIOR_OCTAVES = 100.0, 0.9  # log-normal: where people tap (Moelants 2002), wide
TINY = 1e-6
FLOOR = 1e-3  # keeps the logarithm of an absent tempo finite
SHARPNESS = 2.0  # exponent of the posterior: one clear tempo holds most of the mass
REFINE_MULTIPLES = 10  # periods that the last digit of the tempo is read from
REFINE_STEPS = 49
REFINE_OCTAVES = 3.0 / STEPS_PER_OCTAVE  # 2.2 %: how far the tempo of a window may be from that of the track
REFINE_BLUR = 1.0  # frames: between them a sharp peak has no shape
NO_PULSE, FULL_PULSE = 1.0, 7.0  # log salience over the median tempo: noise 0.4-1.2, chorales 1.6-2.4, drum loops 6-9
RIPPLE = 0.6  # onset level of a held chord; the faintest strings have four times as much
CLEAR_ENOUGH = 0.08  # clarity below which no number is shown
SAME_TEMPO = 0.04  # relative tolerance, after folding octaves
PHASES = 64
SHORTEST_SECONDS = 3.0
UNCLEAR = 0.35  # an alternative octave is shown when it holds this much of the decision


def _silent() -> Pulse:
    flat = np.full(len(GRID), 1 / len(GRID), np.float32)
    return Pulse(posterior=flat, clarity=0.0, stability=0.0, bpm=0.0, beat_phase=0.0)


def pulse(mel_power: FloatArray, frame_rate: float) -> Pulse:
    """Measure the periodicity of a track.

    Parameters
    ----------
    mel_power : array [shape=(frames, bands)]
        Power in mel bands, non-negative; any positive scale.
    frame_rate : float
        Frames per second, positive.

    Returns
    -------
    Pulse
        A flat posterior with clarity 0 when there is nothing to measure (silence, less than three seconds).
    """
    if len(mel_power) < SHORTEST_SECONDS * frame_rate:
        return _silent()
    power = np.maximum(np.nan_to_num(mel_power, nan=0.0, posinf=0.0, neginf=0.0), 0)
    envelopes = onset_envelopes(power, frame_rate)
    if not envelopes.any():
        return _silent()
    found = periodicity(envelopes, frame_rate)
    by_period = np.einsum("wgk,wg->wk", found.by_period, found.weights)
    by_frequency = np.einsum("wgk,wg->wk", found.by_frequency, found.weights)
    salience = np.log(by_period.mean(axis=0) + FLOOR) + np.log(by_frequency.mean(axis=0) + FLOOR)
    score = salience - 0.5 * (np.log2(GRID / PRIOR_BPM) / PRIOR_OCTAVES) ** 2
    best = int(np.argmax(score))
    mass = np.exp(SHARPNESS * (score - score[best]))
    bpm = _refine(found, float(GRID[best]), frame_rate)
    return Pulse(
        posterior=(mass / mass.sum()).astype(np.float32),
        clarity=_clarity(salience, best, envelopes),
        stability=_stability(by_period * by_frequency, best),
        bpm=bpm,
        beat_phase=_beat_phase(envelopes.sum(axis=0), bpm, frame_rate),
        cues=metre.cues(envelopes, bpm, frame_rate),
    )


def _refine(found: Periodicity, bpm: float, frame_rate: float) -> float:
    """Read the last digits of a tempo from several multiples of its period, as a vernier does.

    People drift: where a tempo breathes, the windows of one of its extremes agree best with each other. So every window
    is read on its own, and the mean counts, those most that know best.
    """
    octaves = np.linspace(-REFINE_OCTAVES, REFINE_OCTAVES, REFINE_STEPS)
    periods = 60 * frame_rate / (bpm * 2**octaves)
    lags = found.autocorrelations.shape[1]
    multiples = np.arange(1, min(REFINE_MULTIPLES, int((lags - 1) / periods[0])) + 1)
    at = np.outer(multiples, periods)
    blurred = gaussian_filter1d(found.autocorrelations, REFINE_BLUR, axis=1)
    values = np.array([map_coordinates(curve, at[None], order=3, mode="nearest") for curve in blurred])
    score = (values * multiples[:, None]).sum(axis=1)  # far multiples tell tempi apart better
    weights = score.std(axis=1) + TINY
    return float(bpm * 2 ** np.average(_peaks(octaves, score), weights=weights))


def _peaks(places: NDArray[np.float64], curves: FloatArray) -> NDArray[np.float64]:
    """Where each curve [shape=(n, places)] is highest, between the places by a parabola [shape=(n,)]."""
    best = np.clip(np.argmax(curves, axis=1), 1, len(places) - 2)
    before, top, after = (curves[np.arange(len(curves)), best + step] for step in (-1, 0, 1))
    bend = np.minimum(before - 2 * top + after, -TINY)
    highest: NDArray[np.float64] = places[best] + np.clip((before - after) / bend / 2, -1, 1) * (places[1] - places[0])
    return highest


def _clarity(salience: NDArray[np.float64], best: int, envelopes: FloatArray) -> float:
    """How far the best tempo stands out of all tempi: 0 for noise, 1 for a drum loop.

    The ripple of a held chord is periodic, too, but it is no stroke: hence the second factor.
    """
    contrast = float(salience[best] - np.median(salience))
    strokes = float(np.sqrt((envelopes.sum(axis=0) ** 2).mean()))
    clear = np.clip((contrast - NO_PULSE) / (FULL_PULSE - NO_PULSE), 0, 1)
    return float(clear * np.clip((strokes - RIPPLE) / RIPPLE, 0, 1))


def _stability(strength: FloatArray, best: int) -> float:
    """Share of windows whose own best tempo is the track's, octaves folded."""
    own = GRID[np.argmax(strength, axis=1)]
    octaves = np.log2(own / GRID[best])
    return float(np.mean(np.abs(octaves - np.round(octaves)) <= np.log2(1 + SAME_TEMPO)))


def _beat_phase(envelope: FloatArray, bpm: float, frame_rate: float) -> float:
    """Seconds from the start to the first beat: where a comb of that tempo catches most onset energy."""
    period = 60 * frame_rate / bpm
    position = np.floor(np.mod(np.arange(len(envelope)), period) / period * PHASES).astype(int)
    caught = np.bincount(np.minimum(position, PHASES - 1), envelope, PHASES)
    return float((np.argmax(caught) + 0.5) / PHASES * period / frame_rate)


def decide(pulse: Pulse, tag_logits: FloatArray | None) -> Tempo:
    """Choose the octave of a pulse.

    Parameters
    ----------
    pulse : Pulse
        As `pulse` measured it.
    tag_logits : array [shape=(100,)] or None
        The encoder's logits (MSD tags, then MTT tags); None where no encoder with tags has heard the track.

    Returns
    -------
    Tempo
        `bpm` is None when the pulse is too weak for a number; the posterior always sums to 1.
    """
    clear = pulse.clarity >= CLEAR_ENOUGH and pulse.bpm > 0
    if pulse.bpm <= 0:
        return Tempo(None, 0.0, 0.0, 0.0, pulse.posterior)
    chances, ratios = octave.choose(pulse.bpm, pulse.cues, tag_logits, pulse.clarity), metre.RATIOS
    order = np.argsort(-chances)
    bpm = pulse.bpm * ratios[order[0]]
    others = tuple(float(pulse.bpm * ratios[i]) for i in order[1:] if chances[i] >= UNCLEAR * chances[order[0]])
    return Tempo(
        bpm=round(float(bpm), 2) if clear else None,
        clarity=pulse.clarity,
        stability=pulse.stability,
        beat_phase=pulse.beat_phase % (60 / bpm),
        posterior=octave.moved(pulse.posterior, GRID, pulse.bpm * ratios, chances),
        alternatives=others if clear else (),
    )
