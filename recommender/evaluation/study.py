"""Recordings of a manifest, measured: by the very pipeline that serves the site, and by the rival's method."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from recommender import pipeline
from recommender.encoders.base import Encoder
from recommender.errors import AnalysisError, CellDied
from recommender.evaluation import rival
from recommender.evaluation.cache import Cache, Measured
from recommender.evaluation.manifest import Recording
from recommender.measurement import FloatArray, Measurement
from recommender.sandbox import run_many

BATCH = 8  # tracks encoded together

Progress = Callable[[int, int], None]  # files done, files in all


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that could not be analysed; the figures are about the others."""

    path: Path
    error: str


@dataclass(frozen=True, slots=True)
class Study:
    """Recordings that were heard, in the order of the manifest, with what was measured of each."""

    recordings: Sequence[Recording]
    measurements: Sequence[Measurement]
    rival: FloatArray  # [shape=(n, 200)]
    failed: Sequence[Failure]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Networks:
    """The site's encoder, and the network that the rival reads."""

    encoder: Encoder
    rival: rival.DenseLayer

    @property
    def versions(self) -> dict[str, str]:
        """Of every stage that a result of ours or of the rival's depends on."""
        return {**pipeline.analysis_versions(self.encoder), "rival": rival.VERSION}


def study(
    recordings: Sequence[Recording], networks: Networks, cache: Cache, progress: Progress = lambda _done, _all: None
) -> Study:
    """Measure all recordings; what the cache holds is not heard again.

    Parameters
    ----------
    recordings
        Of a manifest. The same file named twice is measured once.
    networks
        Both encoders, loaded.
    cache
        Where results of the same file and the same versions are kept.
    progress
        Called after every batch.
    """
    paths = list(dict.fromkeys(one.path for one in recordings))
    failed = {path: "there is no such file" for path in paths if not path.is_file()}
    known = {path: found for path in paths if path not in failed and (found := cache.read(path)) is not None}
    missing = [path for path in paths if path not in known and path not in failed]
    progress(len(known) + len(failed), len(paths))
    for batch in _batches(missing, networks, failed):
        for path, measured in batch.items():
            cache.write(path, measured)
        known |= batch
        progress(len(known) + len(failed), len(paths))
    heard = [one for one in recordings if one.path in known]
    return Study(
        recordings=heard,
        measurements=[known[one.path].measurement for one in heard],
        rival=np.array([known[one.path].rival for one in heard], np.float32).reshape(-1, rival.DIM),
        failed=[Failure(one.path, failed[one.path]) for one in recordings if one.path in failed],
        versions=networks.versions,
    )


def _batches(paths: Sequence[Path], networks: Networks, failed: dict[Path, str]) -> Iterator[dict[Path, Measured]]:
    """Encode a few files at a time while the cells hear the next; what cannot be heard is noted in `failed`."""
    cells = max(2, len(os.sched_getaffinity(0)))
    outcomes = run_many(rival.listen, ((path, networks.encoder.windows) for path in paths), cells)
    while batch := list(islice(outcomes, BATCH)):
        heard: dict[Path, rival.Listened] = {}
        for (path, _), outcome in batch:
            if isinstance(outcome, AnalysisError | CellDied):
                failed[path] = str(outcome)
            else:
                heard[path] = outcome
        measured = pipeline.measure([one.ours for one in heard.values()], networks.encoder)
        yield {
            path: Measured(one, rival.embed(networks.rival, listened.patches))
            for (path, listened), one in zip(heard.items(), measured, strict=True)
        }
