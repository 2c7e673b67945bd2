"""The colour of a sound in plain numbers: spectral envelope, contrast, onsets, how they vary, from the shared mel.

What networks trained to tag music leave out, recordings of one band and one studio have in common. The recipe is that
of music similarity before networks: cepstral coefficients (Logan 2000), spectral contrast (Jiang et al. 2002), and the
spectral pattern of Seyerlehner et al. ("Fusing block-level features for music similarity estimation", 2010).
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from recommender.features.mel import BANDS
from recommender.measurement import CEPSTRA, GROUPS, FloatArray

VERSION = "1"

LEVEL = -14.0  # LUFS to which a track is brought first: the same recording at half the volume has the same colour
FLOOR = 1e-6  # power below which nothing is told apart, 60 dB under full scale
SHARPEST = 3  # bands of a group that count as its peaks and its valleys
BROAD = 16  # groups of 6 bands, for the pattern
SHARES = (10, 30, 50, 70, 90, 98)  # percent of the time
DIM = 3 * CEPSTRA + 4 * GROUPS + BROAD * len(SHARES)  # 188
LEAST_FRAMES = 3  # for a difference over time


def timbre(power: FloatArray, loudness: float) -> FloatArray:
    """Describe a track's colour, whatever its level [shape=(DIM,)].

    Parameters
    ----------
    power : array [shape=(frames, BANDS)]
        Mel power between the silences.
    loudness : float
        Of the whole track, LUFS.

    Returns
    -------
    array [shape=(DIM,)]
        Finite. Cepstra: means, deviations, deviations of their change; contrast in groups of bands: means, deviations;
        onsets in groups: means, deviations; levels in broad bands that are not exceeded in `SHARES` of the time.
    """
    power = np.pad(power, [(0, max(0, LEAST_FRAMES - len(power))), (0, 0)])
    decibels = 10 * np.log10(power * np.float32(10 ** ((LEVEL - loudness) / 10)) + np.float32(FLOOR))
    cepstra = fft.dct(decibels, type=2, norm="ortho", axis=1)[:, :CEPSTRA]
    contrast = _contrast(decibels)
    onsets = np.maximum(np.diff(decibels, axis=0), 0).reshape(-1, GROUPS, BANDS // GROUPS).mean(axis=2)
    broad = decibels.reshape(-1, BROAD, BANDS // BROAD).mean(axis=2)
    parts = (
        *(cepstra.mean(axis=0), cepstra.std(axis=0), (cepstra[2:] - cepstra[:-2]).std(axis=0)),
        *(contrast.mean(axis=0), contrast.std(axis=0), onsets.mean(axis=0), onsets.std(axis=0)),
        np.percentile(broad, SHARES, axis=0).ravel(),
    )
    return np.concatenate(parts).astype(np.float32)


def _contrast(decibels: FloatArray) -> FloatArray:
    """How far peaks stand above valleys within groups of bands [shape=(frames, GROUPS)]."""
    bands = np.sort(decibels.reshape(len(decibels), GROUPS, -1), axis=2)
    difference: FloatArray = bands[:, :, -SHARPEST:].mean(axis=2) - bands[:, :, :SHARPEST].mean(axis=2)
    return difference
