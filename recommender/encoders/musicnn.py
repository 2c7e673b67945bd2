"""MusiCNN, both published networks (Million Song Dataset and MagnaTagATune), in PyTorch, for inference only.

A patch of three seconds goes through filters that are tall (timbre) and wide (rhythm), three small convolutions, and a
pool over time; the 200 numbers before the tag layer are the embedding. We keep those of both networks, 400 in all.
`musicnn_fold` tells how the published weights become the few matrices used here; docs/encoder.md tells how the result
was checked against the original.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from recommender.encoders import musicnn_fold as fold
from recommender.encoders.base import Windows
from recommender.encoders.tag_layer import MUSICNN_TAGS, TagLayer
from recommender.encoders.weights import open_musicnn
from recommender.measurement import FloatArray, HalfArray

PATCHES_PER_BATCH = {"cpu": 2, "cuda": 192}  # measured, see docs/encoder.md
ROWS_PER_PRODUCT = {"cpu": 48, "cuda": 9216}  # frames in one product: what fits the second-level cache, or the GPU
LANES = 64  # numbers that a CPU's widest registers reduce in one go


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
        # Left alone, cuDNN rounds what convolutions read to ten bits, and may take another algorithm each time.
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.deterministic = True
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


class BothNetworks(nn.Module):
    """Raw log-mel patches [shape=(n, 187, 96)] in, both penultimate layers side by side [shape=(n, 400)] out."""

    dft: Tensor

    def __init__(self, fronts: Sequence[fold.FrontFilters], backs: Sequence[fold.BackHalf], rows: int) -> None:
        super().__init__()
        self.front = nn.ModuleList(
            TallFilters(filters, rows) if filters.kernel.shape[1] > 1 else WideFilters(filters, rows)
            for filters in fronts
        )
        self.backs = nn.ModuleList(Back(back) for back in backs)
        self.owners = [filters.owners for filters in fronts]
        self.register_buffer("dft", _single(fold.band_dft().T))

    def forward(self, patches: Tensor) -> Tensor:
        """Run both networks."""
        fronts = self._fronts(patches)
        return torch.cat([back(front) for back, front in zip(self.backs, fronts, strict=True)], dim=1)

    def msd_dense(self, patches: Tensor) -> Tensor:
        """Run the first network up to its dense layer [shape=(n, 200)]."""
        back = self.backs[0]
        assert isinstance(back, Back)
        return back.dense_layer(self._fronts(patches)[0])

    def _fronts(self, patches: Tensor) -> list[Tensor]:
        """Front channels [shape=(n, channels, frames)] of each network."""
        bands = patches.permute(2, 0, 1).contiguous()
        spectrum = (self.dft @ bands.view(len(bands), -1)).view(-1, *bands.shape[1:])
        layers = [
            layer(spectrum if isinstance(layer, TallFilters) else bands).split(owners, dim=1)
            for layer, owners in zip(self.front, self.owners, strict=True)
        ]
        return [torch.cat([split[net] for split in layers], dim=1) for net in range(len(self.backs))]


class FrontLayer(nn.Module):
    """What tall and wide filters have in common: each frame with its neighbours before, and what follows the maximum.

    Frames lie last in memory, a multiple of LANES of them: reductions over anything else then need no remainder.
    """

    sign: Tensor
    bias: Tensor
    scale: Tensor
    shift: Tensor

    def __init__(self, filters: fold.FrontFilters, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.taps = len(filters.kernel)
        for name in ("sign", "scale", "shift"):
            self.register_buffer(name, _single(getattr(filters, name)[:, None]))
        self.register_buffer("bias", _single(filters.bias.T))

    def near(self, lines: Tensor) -> Tensor:
        """View of lines [shape=(..., frames)] with silence around them [shape=(..., taps, frames and a few more)]."""
        more = -lines.shape[-1] % LANES
        padded = functional.pad(lines, ((self.taps - 1) // 2, self.taps // 2 + more))
        return padded.unfold(-1, lines.shape[-1] + more, 1)

    def finish(self, peaks: Tensor, frames: int) -> Tensor:
        """Bias, ReLU and batch normalisation of maxima [shape=(filters, n, frames and a few more)], patch by patch."""
        peaks = peaks[..., :frames].transpose(0, 1)
        return functional.relu(peaks * self.sign + self.bias) * self.scale + self.shift


class TallFilters(FrontLayer):
    """Filters of 7 frames over 38 or 67 bands, as products in the frequency domain of the band axis."""

    products: Tensor
    even: Tensor
    odd: Tensor

    def __init__(self, filters: fold.FrontFilters, rows: int) -> None:
        super().__init__(filters, rows)
        self.register_buffer("products", _single(fold.tall_spectrum(filters.kernel)))
        positions = fold.BANDS - filters.kernel.shape[1] + 1
        for name, half in zip(("even", "odd"), fold.positions_from_bins(positions), strict=True):
            self.register_buffer(name, _single(half))

    def forward(self, spectrum: Tensor) -> Tensor:
        """Read spectra [shape=(2 * bins, n, frames)] as `fold.band_dft` gives them."""
        width, count, frames = spectrum.shape
        near = self.near(spectrum.view(width // 2, 2, count, frames)).permute(0, 3, 1, 2, 4)  # (bins, 7, part, n, ...)
        near = near.reshape(1, width // 2, 2 * self.taps, -1).expand(2, -1, -1, -1).reshape(width, 2 * self.taps, -1)
        peaks = [self._highest(torch.bmm(self.products, piece)) for piece in near.split(self.rows, dim=2)]
        return self.finish(torch.cat(peaks, dim=1).view(len(self.sign), count, -1), frames)

    def _highest(self, bins: Tensor) -> Tensor:
        """Maximum over all positions [shape=(filters, rows)] of products [shape=(2 * bins, filters, rows)]."""
        real, imaginary = bins.view(2, len(bins) // 2, -1)
        return (self.even @ real).add_((self.odd @ imaginary).abs_()).amax(dim=0).view(bins.shape[1:])


class WideFilters(FrontLayer):
    """Filters of 32 to 128 frames over one band, as products over some bands and all frames."""

    kernel: Tensor

    def __init__(self, filters: fold.FrontFilters, rows: int) -> None:
        super().__init__(filters, rows)
        self.register_buffer("kernel", _single(filters.kernel[:, 0].T))

    def forward(self, bands: Tensor) -> Tensor:
        """Read raw patches [shape=(bands, n, frames)]."""
        near = self.near(bands)  # (bands, n, taps, frames and a few more)
        per_product = max(1, self.rows * len(bands) // (near.shape[1] * near.shape[3]))
        peaks = [
            (self.kernel @ piece.permute(2, 0, 1, 3).reshape(self.taps, -1))
            .view(len(self.kernel), len(piece), -1)
            .amax(dim=1)
            for piece in near.split(per_product, dim=0)
        ]
        highest = torch.stack(peaks).amax(dim=0)
        return self.finish(highest.view(len(self.kernel), near.shape[1], -1), bands.shape[2])


class Back(nn.Module):
    """Three convolutions over time with residuals, the pool, and the penultimate layer of one network."""

    first: Tensor
    first_bias: Tensor
    second: Tensor
    second_bias: Tensor
    third: Tensor
    third_bias: Tensor
    scales: Tensor
    shifts: Tensor
    dense: Tensor
    dense_bias: Tensor
    out_scale: Tensor
    out_shift: Tensor

    def __init__(self, back: fold.BackHalf) -> None:
        super().__init__()
        for name in ("first", "first_bias", "second", "second_bias", "third", "third_bias"):
            self.register_buffer(name, _single(getattr(back, name)))
        for name in ("dense", "dense_bias", "out_scale", "out_shift"):
            self.register_buffer(name, _single(getattr(back, name)))
        self.register_buffer("scales", _single(np.stack(back.scales))[:, :, None])
        self.register_buffer("shifts", _single(np.stack(back.shifts))[:, :, None])

    def forward(self, front: Tensor) -> Tensor:
        """Read the front channels [shape=(n, channels, frames)]."""
        return functional.relu(self.dense_layer(front)) * self.out_scale + self.out_shift

    def dense_layer(self, front: Tensor) -> Tensor:
        """The 200 numbers before their activation."""
        one = self._normed(functional.conv1d(front, self.first, padding=3) + self.first_bias, 0)
        two = self._normed(functional.conv1d(one, self.second, self.second_bias, padding=3), 1) + one
        three = self._normed(functional.conv1d(two, self.third, self.third_bias, padding=3), 2) + two
        everything = torch.cat([front, one, two, three], dim=1)
        pooled = torch.cat([everything.amax(dim=2), everything.mean(dim=2)], dim=1)
        return pooled @ self.dense + self.dense_bias

    def _normed(self, channels: Tensor, layer: int) -> Tensor:
        return functional.relu(channels) * self.scales[layer] + self.shifts[layer]


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


def _single(array: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))


ENCODER = MusiCNN
