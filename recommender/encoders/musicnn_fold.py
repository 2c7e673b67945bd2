"""From the published MusiCNN weights to the smaller set of matrices that gives the same answers.

Everything here happens once, in float64, when the encoder is loaded:

- **Dead filters go.** Weight decay drove most first-layer filters to about 1e-31 (181 of the 204 tall filters of the
  MSD network). Such a filter answers with the same number for any sound; its share is added to the next layer's bias.
- **Normalisation folds away.** The one-channel batch normalisation of the input is affine, so the filters of both
  networks read the same raw patch and one product serves both. Where a layer pads with zeros after normalising, its
  bias depends on the frame: `_inside` tells how much of a filter lies inside the patch.
- **Max pooling comes first.** Bias, ReLU and batch normalisation are monotone per channel, so they may follow the
  maximum over frequency and touch 96 times fewer numbers.
- **Tall filters work in the frequency domain of the frequency axis.** A filter of 7 frames x 38 bands slides over 59
  positions; after a DFT of length 96 it is one complex number per bin and frame, and only the sum back costs. Of that
  half is enough: positions left and right of the middle share an even and an odd part, and the maximum wants no more.

Network: Pons & Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging", ISMIR 2019 (late
breaking); Pons et al., "End-to-end learning for music audio tagging at scale", ISMIR 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.measurement import FloatArray

Array = NDArray[np.float64]
Weights = Mapping[str, FloatArray]

PATCH_FRAMES, BANDS = 187, 96
NETWORKS = ("msd", "mtt")
TALL, WIDE = ("conv2d", "conv2d_1"), ("conv2d_2", "conv2d_3", "conv2d_4")  # bands x 7 frames; 128, 64, 32 frames x 1
FRONT = TALL + WIDE
BN_EPSILON = 1e-3  # TensorFlow's default, not PyTorch's
DEAD = 1e-6  # a filter that cannot move its normalised output by more than this is dead
LOUDEST = 10.0  # no normalised log-mel value is larger
DFT_BINS = BANDS // 2 + 1  # 49


@dataclass(frozen=True, slots=True)
class FrontFilters:
    """The surviving filters of one layer, both networks side by side."""

    kernel: Array  # [shape=(frames, bands, filters)] for raw patches, sign turned so that the maximum is wanted
    sign: Array  # [shape=(filters,)] undoes the turn
    bias: Array  # [shape=(PATCH_FRAMES, filters)] before the ReLU
    scale: Array  # [shape=(filters,)] of the batch normalisation after it
    shift: Array
    owners: tuple[int, ...]  # filters per network


@dataclass(frozen=True, slots=True)
class BackHalf:
    """One network behind its first layer. Convolutions are [shape=(out, in, 7)]."""

    first: Array  # reads the surviving front channels
    first_bias: Array  # [shape=(channels, PATCH_FRAMES)]: holds what the dead channels say
    second: Array
    second_bias: Array
    third: Array
    third_bias: Array
    scales: tuple[Array, Array, Array]  # batch normalisation after each
    shifts: tuple[Array, Array, Array]
    dense: Array  # [shape=(2 * (front + 3 * channels), 200)], maxima first, then means
    dense_bias: Array
    out_scale: Array  # [shape=(200,)]
    out_shift: Array


def fold(weights: Weights) -> tuple[tuple[FrontFilters, ...], tuple[BackHalf, ...]]:
    """Fold both networks.

    Parameters
    ----------
    weights : mapping
        As `weights.open_musicnn` gives them.

    Returns
    -------
    fronts, backs
        One `FrontFilters` per layer of `FRONT`, one `BackHalf` per network of `NETWORKS`.
    """
    alive = {(net, layer): _alive(weights, net, layer) for net in NETWORKS for layer in FRONT}
    fronts = tuple(_front(weights, layer, alive) for layer in FRONT)
    backs = tuple(_back(weights, net, np.concatenate([alive[net, layer] for layer in FRONT])) for net in NETWORKS)
    return fronts, backs


def band_dft() -> Array:
    """Real matrix [shape=(BANDS, 2 * DFT_BINS)]: real and imaginary part of each bin, side by side."""
    spectrum = np.fft.rfft(np.eye(BANDS))
    return np.stack([spectrum.real, spectrum.imag], axis=2).reshape(BANDS, 2 * DFT_BINS)


def tall_spectrum(kernel: Array) -> Array:
    """Turn a tall kernel into the products that correlation needs, per bin.

    Parameters
    ----------
    kernel : array [shape=(frames, bands, filters)]

    Returns
    -------
    array [shape=(2 * DFT_BINS, filters, 2 * frames)]
        For each bin what gives the real part of X * conj(W), then for each bin what gives the imaginary one, reading
        (real, imaginary) of `frames` frames. Position 0 is the middle of all that the filter slides over.
    """
    frames, bands, filters = kernel.shape
    middle = np.exp(-2j * np.pi * np.arange(DFT_BINS) * (BANDS - bands) / 2 / BANDS)
    spectrum = np.fft.rfft(kernel, n=BANDS, axis=1) * middle[:, None]
    real = np.stack([spectrum.real, spectrum.imag], axis=1)
    imaginary = np.stack([-spectrum.imag, spectrum.real], axis=1)
    both = np.stack([real, imaginary])  # (part, frame, part of X, bin, filter)
    return both.transpose(0, 3, 4, 1, 2).reshape(2 * DFT_BINS, filters, 2 * frames)


def positions_from_bins(positions: int) -> tuple[Array, Array]:
    """Inverse of `band_dft` for `positions` shifts around the middle, as an even and an odd part.

    Returns
    -------
    even, odd : arrays [shape=((positions + 1) // 2, DFT_BINS)]
        What shifts q >= 0 read of the real and of the imaginary parts. The sum of the two is the value at q, the
        difference the one at -q; so the larger one is even + |odd|.
    """
    count = np.full(DFT_BINS, 2.0)  # every bin stands for itself and its mirror image
    count[[0, -1]] = 1.0
    shifts = (positions - 1) / 2 - np.arange((positions + 1) // 2)
    angle = 2 * np.pi * shifts[:, None] * np.arange(DFT_BINS) / BANDS
    return count * np.cos(angle) / BANDS, -count * np.sin(angle) / BANDS


def _get(weights: Weights, net: str, name: str) -> Array:
    return weights[f"{net}/{name}"].astype(np.float64)


def _kernel(weights: Weights, net: str, layer: str) -> Array:
    """[shape=(frames, in, out)] with the remains of decayed weights cut off: they are denormal in products."""
    kernel = _get(weights, net, f"{layer}/kernel")
    kernel = kernel[:, :, 0, :]
    return np.where(np.abs(kernel) < 1e-20, 0.0, kernel)


def _norm(weights: Weights, net: str, number: int) -> tuple[Array, Array]:
    """Scale and shift of a batch normalisation at inference."""
    name = f"batch_normalization_{number}" if number else "batch_normalization"
    scale = _get(weights, net, f"{name}/gamma")
    scale = scale / np.sqrt(_get(weights, net, f"{name}/moving_variance") + BN_EPSILON)
    return scale, _get(weights, net, f"{name}/beta") - scale * _get(weights, net, f"{name}/moving_mean")


def _alive(weights: Weights, net: str, layer: str) -> NDArray[np.bool_]:
    scale, _ = _norm(weights, net, FRONT.index(layer) + 1)
    reach: Array = np.abs(_kernel(weights, net, layer)).sum(axis=(0, 1)) * LOUDEST * np.abs(scale)
    return reach > DEAD


def _inside(taps: Array) -> Array:
    """Sum, for each frame of a patch, of the taps that lie inside it ("same" padding).

    `taps` is [shape=(frames, filters)]. Kernels of even length are padded TensorFlow's way: (k - 1) // 2 before.
    """
    length = len(taps)
    before = (length - 1) // 2
    starts = np.arange(PATCH_FRAMES) - before
    total = np.vstack([np.zeros(taps.shape[1]), np.cumsum(taps, axis=0)])
    low = np.clip(-starts, 0, length)
    high = np.clip(PATCH_FRAMES - starts, 0, length)
    inside: Array = total[high] - total[low]
    return inside


def _front(weights: Weights, layer: str, alive: Mapping[tuple[str, str], NDArray[np.bool_]]) -> FrontFilters:
    kernels, signs, biases, scales, shifts, owners = [], [], [], [], [], []
    for net in NETWORKS:
        keep = alive[net, layer]
        gain, offset = _norm(weights, net, 0)
        kernel = _kernel(weights, net, layer)[:, :, keep]
        scale, shift = (part[keep] for part in _norm(weights, net, FRONT.index(layer) + 1))
        sign = np.where(scale < 0, -1.0, 1.0)  # a negative scale turns the maximum after it into a minimum before it
        kernels.append(gain * kernel * sign)
        biases.append(_get(weights, net, f"{layer}/bias")[keep] + offset * _inside(kernel.sum(axis=1)))
        signs.append(sign)
        scales.append(scale)
        shifts.append(shift)
        owners.append(int(keep.sum()))
    return FrontFilters(
        np.concatenate(kernels, axis=2),
        np.concatenate(signs),
        np.concatenate(biases, axis=1),
        np.concatenate(scales),
        np.concatenate(shifts),
        tuple(owners),
    )


def _dead_answers(weights: Weights, net: str) -> Array:
    """What each front channel says when its filter is dead: the normalised ReLU of its bias."""
    answers = []
    for number, layer in enumerate(FRONT, start=1):
        scale, shift = _norm(weights, net, number)
        answers.append(scale * np.maximum(_get(weights, net, f"{layer}/bias"), 0.0) + shift)
    return np.concatenate(answers)


def _back(weights: Weights, net: str, alive: NDArray[np.bool_]) -> BackHalf:
    dead = np.where(alive, 0.0, _dead_answers(weights, net))
    first, second, third = (_kernel(weights, net, f"conv2d_{number}") for number in (5, 6, 7))
    first_bias = _get(weights, net, "conv2d_5/bias") + _inside(np.einsum("kio,i->ko", first, dead))
    norms = [_norm(weights, net, number) for number in (6, 7, 8)]

    dense, dense_bias = _dense(weights, net, alive, dead)
    out_scale, out_shift = _norm(weights, net, 10)
    return BackHalf(
        first=first[:, alive].transpose(2, 1, 0),
        first_bias=first_bias.T,
        second=second.transpose(2, 1, 0),
        second_bias=_get(weights, net, "conv2d_6/bias"),
        third=third.transpose(2, 1, 0),
        third_bias=_get(weights, net, "conv2d_7/bias"),
        scales=(norms[0][0], norms[1][0], norms[2][0]),
        shifts=(norms[0][1], norms[1][1], norms[2][1]),
        dense=dense,
        dense_bias=dense_bias,
        out_scale=out_scale,
        out_shift=out_shift,
    )


def _dense(weights: Weights, net: str, alive: NDArray[np.bool_], dead: Array) -> tuple[Array, Array]:
    """Penultimate layer with the normalisation of the pooled vector folded in and the dead channels in the bias."""
    scale, shift = _norm(weights, net, 9)
    kernel = _get(weights, net, "dense/kernel")
    bias = _get(weights, net, "dense/bias") + shift @ kernel
    # TensorFlow flattened (channel, pool): the maximum and the mean of a channel are neighbours.
    kernel = (scale[:, None] * kernel).reshape(-1, 2, kernel.shape[1])
    fixed = np.concatenate([dead, np.zeros(len(kernel) - len(dead))])
    bias = bias + np.einsum("c,cpo->o", fixed, kernel)
    kept = kernel[np.concatenate([alive, np.ones(len(kernel) - len(dead), bool)])]
    return np.concatenate([kept[:, 0], kept[:, 1]]), bias
