"""MusiCNN, both published networks (Million Song Dataset and MagnaTagATune), in PyTorch, for inference only.

A patch of three seconds goes through filters that are tall (timbre) and wide (rhythm), three small convolutions, and a
pool over time; the 200 numbers before the tag layer are the embedding. We keep those of both networks, 400 in all.
`musicnn_fold` tells how the published weights become the few matrices that `musicnn_network` reads sound with;
docs/encoder.md tells how the result was checked against the original.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from recommender.encoders import musicnn_fold as fold
from recommender.encoders.base import Windows
from recommender.encoders.musicnn_network import BothNetworks
from recommender.encoders.tag_layer import MUSICNN_TAGS, TagLayer
from recommender.encoders.weights import open_musicnn
from recommender.measurement import FloatArray, HalfArray

PATCHES_PER_BATCH = {"cpu": 2, "cuda": 96}  # measured, see docs/encoder.md
ROWS_PER_PRODUCT = {"cpu": 48, "cuda": 9216}  # frames in one product: what fits the second-level cache, or the GPU


class MusiCNN:
    """Encoder of log-mel patches; see `recommender.encoders.base.Encoder`."""

    name = "musicnn"
    version = "musicnn-0.1.0/msd+mtt/1"
    licence = "ISC"
    dim = 400
    windows = Windows(
        sample_rate=16_000, seconds=187 * 256 / 16_000, count=24, form="logmel96", shape=(fold.PATCH_FRAMES, fold.BANDS)
    )
    tag_names = MUSICNN_TAGS

    def __init__(self, models: Path, device: str = "") -> None:
        """Read the weights; the device ("" = CUDA when there is one) is touched by the first `encode` only.

        Raises
        ------
        recommender.errors.ModelMissing
            When the weights are not in the folder.
        """
        self._weights = open_musicnn(models)
        self._device_wish = device
        self._tags = TagLayer.shipped()

    @cached_property
    def _device(self) -> torch.device:
        # Asked late on purpose: a process that looked for CUDA and then forked cannot use CUDA in its children.
        return torch.device(self._device_wish or ("cuda" if torch.cuda.is_available() else "cpu"))

    @cached_property
    def network(self) -> BothNetworks:
        """Both networks on the device, for inference."""
        torch.set_float32_matmul_precision("highest")  # some images tell GPUs to round what products read to ten bits
        fronts, backs = fold.fold(self._weights)
        return BothNetworks(fronts, backs, ROWS_PER_PRODUCT[self._device.type]).to(self._device).eval()

    def encode(self, tracks: Sequence[HalfArray]) -> FloatArray:
        """Embed a batch of tracks; see `Encoder.encode`.

        Raises
        ------
        ValueError
            When a track has no patch or patches of another shape.
        """
        for track in tracks:
            if track.ndim != 3 or not len(track) or track.shape[1:] != self.windows.shape:
                raise ValueError(f"patches of shape (n >= 1, {fold.PATCH_FRAMES}, {fold.BANDS}) wanted: {track.shape}")
        if not tracks:
            return np.zeros((0, self.dim), np.float32)
        if self._device.type == "cpu":
            # Never two tracks in one product: the same file then gives the same bits whoever its neighbours are.
            return np.stack([_mean(self._patches(track)) for track in tracks])
        rows = self._patches(np.concatenate(tracks))
        ends = np.cumsum([len(track) for track in tracks])[:-1]
        return np.stack([_mean(part) for part in np.split(rows, ends)])

    def msd_dense(self, patches: HalfArray) -> FloatArray:
        """The dense layer of the MSD network before its activation [shape=(n, 200)], for patches [shape=(n, 187, 96)].

        What other programs take for MusiCNN's embedding. Nothing of the site reads it; `manage.py evaluate` compares.
        """
        return self._run(self.network.msd_dense, patches)

    def tag_logits(self, embeddings: FloatArray) -> FloatArray:
        """Logits of `tag_names`; see `Encoder.tag_logits`."""
        return self._tags.logits(embeddings)

    def _patches(self, patches: HalfArray) -> FloatArray:
        """Embed every patch [shape=(n, 400)]."""
        return self._run(self.network, patches)

    def _run(self, answer: Callable[[Tensor], Tensor], patches: HalfArray) -> FloatArray:
        """Ask the network about every patch. The one place that knows of device, precision and gradients.

        Everything is float32 on every device: the folded network leaves a GPU idle most of the time even so (decoding
        is what takes long), and one precision means that a CPU and a GPU worker fill the same index.
        """
        size = PATCHES_PER_BATCH[self._device.type]
        on_gpu = self._device.type == "cuda"
        results = []
        with torch.inference_mode(), torch.autocast(self._device.type, enabled=False):
            for start in range(0, len(patches), size):
                batch = torch.from_numpy(batch_of(patches, start, size, filled=on_gpu))
                batch = batch.pin_memory() if on_gpu else batch
                results.append(answer(batch.to(self._device, non_blocking=on_gpu).float()))
            return torch.cat(results)[: len(patches)].cpu().numpy()


def batch_of(patches: HalfArray, start: int, size: int, filled: bool) -> HalfArray:
    """Copy of at most `size` patches; filled up with silence where every batch has to be of one size.

    A GPU's libraries choose an algorithm by the shape of the product, so a track that shares its batch with fewer
    others would get other last digits.
    """
    taken = patches[start : start + size]
    batch = np.zeros((size if filled else len(taken), *patches.shape[1:]), np.float16)
    batch[: len(taken)] = taken
    return batch


def _mean(rows: FloatArray) -> FloatArray:
    mean: FloatArray = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean


ENCODER = MusiCNN
