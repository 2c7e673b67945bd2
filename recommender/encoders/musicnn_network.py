"""Both MusiCNNs as products and convolutions of the folded weights: fast on a CPU, and fast and repeatable on a GPU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from recommender.encoders import musicnn_fold as fold


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
        bands = patches.transpose(1, 2)
        spectrum = (self.dft @ bands.transpose(0, 1).flatten(1)).view(len(self.dft), len(patches), -1)
        layers = [
            layer(spectrum if isinstance(layer, TallFilters) else bands).split(owners, dim=1)
            for layer, owners in zip(self.front, self.owners, strict=True)
        ]
        return [torch.cat([split[net] for split in layers], dim=1) for net in range(len(self.backs))]


class FrontLayer(nn.Module):
    """What follows the maximum over frequency, the same for tall and wide filters."""

    sign: Tensor
    bias: Tensor
    scale: Tensor
    shift: Tensor

    def __init__(self, filters: fold.FrontFilters, rows: int) -> None:
        super().__init__()
        self.rows = rows
        for name in ("sign", "scale", "shift"):
            self.register_buffer(name, _single(getattr(filters, name)[:, None]))
        self.register_buffer("bias", _single(filters.bias.T))

    def finish(self, peaks: Tensor) -> Tensor:
        """Bias, ReLU and batch normalisation of maxima [shape=(n, filters, frames)]."""
        return functional.relu(peaks * self.sign + self.bias) * self.scale + self.shift


class TallFilters(FrontLayer):
    """Filters of 7 frames over 38 or 67 bands, as products in the frequency domain of the band axis."""

    products: Tensor
    even: Tensor
    odd: Tensor

    def __init__(self, filters: fold.FrontFilters, rows: int) -> None:
        super().__init__(filters, rows)
        self.taps, bands, _ = filters.kernel.shape
        self.register_buffer("products", _single(fold.tall_spectrum(filters.kernel)))
        for name, half in zip(("even", "odd"), fold.positions_from_bins(fold.BANDS - bands + 1), strict=True):
            self.register_buffer(name, _single(half))

    def forward(self, spectrum: Tensor) -> Tensor:
        """Read spectra [shape=(2 * bins, n, frames)] as `fold.band_dft` gives them."""
        width, count, frames = spectrum.shape
        around = surroundings(spectrum.view(width // 2, 2, count, frames), self.taps)
        around = around.permute(0, 3, 1, 2, 4).reshape(1, width // 2, 2 * self.taps, -1)  # (1, bins, (7, part), rows)
        around = around.expand(2, -1, -1, -1).reshape(width, 2 * self.taps, -1)
        peaks = [self._highest(torch.bmm(self.products, piece)) for piece in around.split(self.rows, dim=2)]
        return self.finish(torch.cat(peaks, dim=1).view(-1, count, frames).transpose(0, 1))

    def _highest(self, bins: Tensor) -> Tensor:
        """Maximum over all positions [shape=(filters, rows)] of products [shape=(2 * bins, filters, rows)]."""
        real, imaginary = bins.view(2, len(bins) // 2, -1)
        return (self.even @ real).add_((self.odd @ imaginary).abs_()).amax(dim=0).view(bins.shape[1:])


class WideFilters(FrontLayer):
    """Filters of 32 to 128 frames over one band."""

    kernel: Tensor

    def __init__(self, filters: fold.FrontFilters, rows: int) -> None:
        super().__init__(filters, rows)
        self.register_buffer("kernel", _single(filters.kernel.transpose(2, 1, 0)))

    def forward(self, bands: Tensor) -> Tensor:
        """Read raw patches [shape=(n, bands, frames)]."""
        _, height, frames = bands.shape
        peaks = [
            convolved(piece.reshape(-1, 1, frames), self.kernel).view(len(piece), height, -1, frames).amax(dim=1)
            for piece in bands.split(max(1, self.rows // frames))
        ]
        return self.finish(torch.cat(peaks))


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
        for name in ("first", "first_bias", "second", "third"):
            self.register_buffer(name, _single(getattr(back, name)))
        for name in ("second_bias", "third_bias"):
            self.register_buffer(name, _single(getattr(back, name)[:, None]))
        for name in ("dense", "dense_bias", "out_scale", "out_shift"):
            self.register_buffer(name, _single(getattr(back, name)))
        self.register_buffer("scales", _single(np.stack(back.scales))[:, :, None])
        self.register_buffer("shifts", _single(np.stack(back.shifts))[:, :, None])

    def forward(self, front: Tensor) -> Tensor:
        """Read the front channels [shape=(n, channels, frames)]."""
        return functional.relu(self.dense_layer(front)) * self.out_scale + self.out_shift

    def dense_layer(self, front: Tensor) -> Tensor:
        """The 200 numbers before their activation."""
        one = self._normed(convolved(front, self.first) + self.first_bias, 0)
        two = self._normed(convolved(one, self.second) + self.second_bias, 1) + one
        three = self._normed(convolved(two, self.third) + self.third_bias, 2) + two
        everything = torch.cat([front, one, two, three], dim=1)
        pooled = torch.cat([everything.amax(dim=2), everything.mean(dim=2)], dim=1)
        return pooled @ self.dense + self.dense_bias

    def _normed(self, channels: Tensor, layer: int) -> Tensor:
        return functional.relu(channels) * self.scales[layer] + self.shifts[layer]


def surroundings(lines: Tensor, taps: int) -> Tensor:
    """View of lines [shape=(..., frames)] with the neighbours of each frame [shape=(..., taps, frames)].

    Silence lies around the ends; even numbers of taps lie TensorFlow's way: (taps - 1) // 2 before.
    """
    padded = functional.pad(lines, ((taps - 1) // 2, taps // 2))
    return padded.unfold(-1, lines.shape[-1], 1)


def convolved(lines: Tensor, kernel: Tensor) -> Tensor:
    """Convolution over time of lines [shape=(n, channels, frames)] with a kernel [shape=(out, channels, taps)].

    On a CPU by oneDNN's own loops, which use the widest registers of every maker, as products do not. On a GPU as a
    product: cuDNN, asked for an algorithm that always gives the same bits, takes one that is ten times slower.
    """
    if lines.is_cuda:
        return multiplied(lines, kernel)
    taps = kernel.shape[2]
    return functional.conv1d(functional.pad(lines, ((taps - 1) // 2, taps // 2)), kernel)


def multiplied(lines: Tensor, kernel: Tensor) -> Tensor:
    """What `convolved` gives, as one product for each line."""
    around = surroundings(lines, kernel.shape[2]).reshape(len(lines), -1, lines.shape[2])
    return torch.bmm(kernel.flatten(1).expand(len(lines), -1, -1), around)


def _single(array: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
