"""How fast the encoder is on this machine's CPU and GPU, and how exact in half precision: needs torch and numpy alone.

    python scripts/bench_encoder.py MODELS [--tracks-per-minute N] [--seconds S] [--json OUT]

MODELS is the folder with musicnn.safetensors. `--tracks-per-minute` is what the decoders of a machine deliver (`cells`
of `manage.py bench ingest`); the report says whether the encoder keeps up with them. Exit status 1 when a GPU is not as
exact as it has to be: cosine to the CPU's float32 vectors of at least 0.9999, the same bits for the same track, and
less than 1e-5 of difference that others in the batch make.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from recommender.encoders.musicnn import MusiCNN

EXACT = 0.9999  # cosine from which two vectors are the same for the index
SAME = 1e-5  # what other tracks in the batch may change
TRACKS = 4  # compared
PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}
Vectors = NDArray[np.float32]
Patches = NDArray[np.float16]


def patches(count: int, seed: int = 0) -> Patches:
    """Made-up log-mel patches [shape=(count, 187, 96)]: louder below, with beats and a melody, as music is."""
    draw = np.random.default_rng(seed)
    frames, bands = MusiCNN.windows.shape
    tilt = np.linspace(3.2, 0.8, bands)
    beats = 0.6 * (np.arange(frames) % draw.integers(15, 45) < 6)[:, None]
    notes = draw.random((count, frames // 17 + 1, bands)).repeat(17, axis=1)[:, :frames]
    noise = 0.15 * draw.standard_normal((count, frames, bands))
    return np.clip(tilt + beats + 1.2 * (notes > 0.9) + noise, 0, 4.5).astype(np.float16)


def answer(network: torch.nn.Module, batch: torch.Tensor, device: str, precision: str) -> torch.Tensor:
    """Embed one batch [shape=(n, 187, 96)] that lies in the memory of the CPU."""
    kind = PRECISIONS[precision]
    with torch.inference_mode(), torch.autocast(device, dtype=kind or torch.bfloat16, enabled=kind is not None):
        return network(batch.to(device, non_blocking=batch.is_pinned()).float()).float()


def windows_per_second(call: Callable[[], Any], windows: int, device: str, seconds: float) -> float:
    """Median over as many calls as fit into so many seconds, three at least."""
    call()
    rates: list[float] = []
    end = time.perf_counter() + seconds
    while len(rates) < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        call()
        if device == "cuda":
            torch.cuda.synchronize()
        rates.append(windows / (time.perf_counter() - began))
    return float(np.median(rates))


def vectors(network: torch.nn.Module, device: str, precision: str) -> Vectors:
    """Vectors of TRACKS made-up tracks [shape=(TRACKS, dim)], as the encoder makes them: means over the windows."""
    whole = [torch.from_numpy(patches(MusiCNN.windows.count, seed)) for seed in range(TRACKS)]
    return np.stack([answer(network, one, device, precision).mean(0).cpu().numpy() for one in whole])


def least_cosine(some: Vectors, others: Vectors) -> float:
    """The cosine of the pair of rows that are least alike."""
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    return float(((some * others).sum(axis=1) / lengths).min())


def networks(encoder: MusiCNN, device: str, options: argparse.Namespace, truth: Vectors) -> dict[str, Any]:
    """Rates of the networks alone by precision and batch, and how near the vectors are to `truth`."""
    found: dict[str, Any] = {}
    precisions, batches = (getattr(options, f"{device}_{name}") for name in ("precisions", "batches"))
    for precision in precisions.split(","):
        rates: dict[str, float] = {}
        for size in map(int, batches.split(",")):
            batch = torch.from_numpy(patches(size))
            for pinned in (False, True) if device == "cuda" else (False,):
                sent = batch.pin_memory() if pinned else batch

                def call(sent: torch.Tensor = sent, precision: str = precision) -> torch.Tensor:
                    return answer(encoder.network, sent, device, precision)

                rates[f"{size}{' pinned' if pinned else ''}"] = round(
                    windows_per_second(call, size, device, options.seconds), 1
                )
        cosine = least_cosine(vectors(encoder.network, device, precision), truth)
        found[precision] = {"windows_per_second": rates, "cosine": round(cosine, 7), "exact": cosine >= EXACT}
    return found


def whole(encoder: MusiCNN, device: str, options: argparse.Namespace) -> dict[str, Any]:
    """Rates of `MusiCNN.encode`, which is what the site calls, by the number of tracks in one call."""
    rates = {}
    for count in map(int, getattr(options, f"{device}_tracks").split(",")):
        tracks = [patches(MusiCNN.windows.count, seed) for seed in range(count)]
        windows = count * MusiCNN.windows.count

        def call(tracks: list[Patches] = tracks) -> Vectors:
            return encoder.encode(tracks)

        rates[str(count)] = round(
            60 / MusiCNN.windows.count * windows_per_second(call, windows, device, options.seconds)
        )
    some = [patches(MusiCNN.windows.count, seed) for seed in range(TRACKS)]
    together = encoder.encode(some)
    alone = np.concatenate([encoder.encode([one]) for one in some])
    return {
        "tracks_per_minute": rates,
        "neighbours_change": float(np.abs(together - alone).max()),
        "repeatable": bool(np.array_equal(together, encoder.encode(some))),
    }


def report(options: argparse.Namespace) -> dict[str, Any]:
    """All figures of this machine."""
    torch.set_num_threads(options.threads)
    truth = vectors(MusiCNN(options.models, "cpu").network, "cpu", "float32")
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    found: dict[str, Any] = {"torch": torch.__version__, "threads": options.threads, "devices": {}}
    if "cuda" in devices:
        found["gpu"] = torch.cuda.get_device_name()
    for device in devices:
        encoder = MusiCNN(options.models, device)
        found["devices"][device] = whole(encoder, device, options) | networks(encoder, device, options, truth)
    if options.tracks_per_minute:
        found["of_decode_bound"] = {
            device: round(max(measured["tracks_per_minute"].values()) / options.tracks_per_minute, 3)
            for device, measured in found["devices"].items()
        }
    return found


def exact(measured: dict[str, Any]) -> bool:
    """Whether a device gives one vector for one track, and the one that a CPU gives, in the site's precision."""
    return measured["float32"]["exact"] and measured["repeatable"] and measured["neighbours_change"] < SAME


def main() -> int:
    """Print the report as JSON; 1 when a device is not exact in the precision that the site uses, float32."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path)
    parser.add_argument("--tracks-per-minute", type=float, default=0.0, help="what the decoders deliver")
    defaults = {"cuda": ("1,8,32", "24,96,192", ",".join(PRECISIONS)), "cpu": ("1", "2", "float32")}
    for device, (tracks, sizes, kinds) in defaults.items():
        parser.add_argument(f"--{device}-tracks", default=tracks, help="in one call of the encoder")
        parser.add_argument(f"--{device}-batches", default=sizes, help="windows in one call of the networks")
        parser.add_argument(f"--{device}-precisions", default=kinds, help="float32 is always needed")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each figure")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    found = report(options)
    text = json.dumps(found, indent=1)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    return 0 if all(exact(one) for one in found["devices"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
