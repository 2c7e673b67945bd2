"""What ingestion is compared with: decoding alone, which nothing can beat, and the naive way, one track at a time.

Run as `python -m recommender.bench.yardsticks decode|naive MODELS FILE...`: a process of its own, whose memory and CPU
time are nobody else's. One line of JSON a file comes out.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import torch

from recommender.audio.pyav import AvSource
from recommender.bench.plain_musicnn import PlainMusiCNN
from recommender.encoders.weights import open_musicnn
from recommender.errors import AnalysisError
from recommender.features import key, mel
from recommender.measurement import FloatArray
from recommender.stopwatch import Stopwatch

RATE = 16_000
PATCH = 187  # frames
FAILURES = (AnalysisError, OSError, ValueError, RuntimeError)  # audioread and soundfile raise their own of these
Work = Callable[[Path, Stopwatch], float]


def decode_only(path: Path, watch: Stopwatch) -> float:
    """Decode a file and throw the samples away; returns its seconds."""
    samples = 0
    with watch("decode"):
        source = AvSource(path)
        for block in source.blocks():
            samples += block.shape[1]
        source.close()
    return samples / source.facts.sample_rate


def naive(models: Path) -> Work:
    """The whole track at once through librosa, feature by feature, and both MusiCNNs over every patch of it."""
    weights = open_musicnn(models)
    first, second = PlainMusiCNN(weights, "msd"), PlainMusiCNN(weights, "mtt")

    def work(path: Path, watch: Stopwatch) -> float:
        with watch("decode"):
            y, _ = librosa.load(path, sr=RATE, mono=True)
        with watch("tempo"):
            librosa.beat.beat_track(y=y, sr=RATE)
        with watch("key"):
            chroma = librosa.feature.chroma_cqt(y=y, sr=RATE)
            np.corrcoef(chroma.mean(axis=1), key.PROFILES)
        with watch("loudness"):
            librosa.feature.rms(y=y)
        with watch("mel"):
            power = librosa.feature.melspectrogram(y=y, sr=RATE, n_fft=512, hop_length=256, n_mels=96)
        patches = _patches(mel.compressed(power.T))
        with watch("encoder"):
            first.encode(patches)
        with watch("second network"):
            second.encode(patches)
        return len(y) / RATE

    return work


def _patches(spectrum: FloatArray) -> FloatArray:
    whole = len(spectrum) // PATCH
    return spectrum[: whole * PATCH].reshape(whole, PATCH, -1)


def measure(work: Work, path: Path) -> dict[str, object]:
    """One line of the report."""
    watch, began = Stopwatch(), time.perf_counter()
    spent = time.process_time()
    try:
        seconds = work(path, watch)
    except FAILURES as error:
        return {"path": str(path), "error": f"{type(error).__name__}: {error}"}
    return {
        "path": str(path),
        "seconds": seconds,
        "cpu": dict(watch.cpu),
        "wall_stages": dict(watch.wall),
        "cpu_total": time.process_time() - spent,
        "wall": time.perf_counter() - began,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def main() -> None:
    """Measure the files of the command line; the first one is done twice and counts once."""
    kind, models, *files = sys.argv[1:]
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    work = decode_only if kind == "decode" else naive(Path(models))
    measure(work, Path(files[0]))  # compiles and loads for seconds, which nobody is charged for
    for file in files:
        sys.stdout.write(json.dumps(measure(work, Path(file))) + "\n")


if __name__ == "__main__":
    main()
