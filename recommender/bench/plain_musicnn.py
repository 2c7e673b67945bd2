"""MusiCNN as published: plain convolutions over every channel. The yardstick that `encoders.musicnn` is measured by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from recommender.measurement import FloatArray

FRONT = ("conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4")
EPSILON = 1e-3
BATCH = 2  # patches: the fastest on a CPU


class PlainMusiCNN:
    """One of the two networks up to its penultimate layer."""

    def __init__(self, weights: Mapping[str, FloatArray], net: str = "msd") -> None:
        self._weights = {
            name.removeprefix(f"{net}/"): torch.from_numpy(np.array(values))
            for name, values in weights.items()
            if name.startswith(f"{net}/")
        }

    def encode(self, patches: FloatArray) -> FloatArray:
        """Penultimate layer [shape=(n, 200)] of log-mel patches [shape=(n, 187, 96)]."""
        with torch.inference_mode():
            parts = torch.from_numpy(np.ascontiguousarray(patches, np.float32)).split(BATCH)
            return torch.cat([self._penultimate(part) for part in parts]).numpy()

    def _penultimate(self, patches: Tensor) -> Tensor:
        image = self._normed(patches[:, None], 0)
        front = torch.cat(
            [self._normed(self._convolved(image, name), n).amax(dim=3) for n, name in enumerate(FRONT, 1)], dim=1
        )
        one = self._normed(self._convolved(front[..., None], "conv2d_5"), 6)
        two = self._normed(self._convolved(one, "conv2d_6"), 7) + one
        three = self._normed(self._convolved(two, "conv2d_7"), 8) + two
        channels = torch.cat([front, one[..., 0], two[..., 0], three[..., 0]], dim=1)
        pooled = torch.stack([channels.amax(dim=2), channels.mean(dim=2)], dim=2).flatten(1)
        dense = self._normed(pooled, 9) @ self._weights["dense/kernel"] + self._weights["dense/bias"]
        return self._normed(functional.relu(dense), 10)

    def _convolved(self, image: Tensor, name: str) -> Tensor:
        """Convolution and ReLU; over time padded as TensorFlow pads, over bands not at all."""
        kernel = self._weights[f"{name}/kernel"]  # (frames, bands, in, out), or (frames, in, 1, out) behind the front
        behind = kernel.shape[1] == image.shape[1] != 1
        kernel = kernel.permute(3, 1, 0, 2) if behind else kernel.permute(3, 2, 0, 1)
        length = kernel.shape[2]
        padded = functional.pad(image, (0, 0, (length - 1) // 2, length // 2))
        return functional.relu(functional.conv2d(padded, kernel, self._weights[f"{name}/bias"]))

    def _normed(self, values: Tensor, number: int) -> Tensor:
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        mean, variance, gamma, beta = (
            self._weights[f"{name}/{part}"] for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return functional.batch_norm(values, mean, variance, gamma, beta, eps=EPSILON)
