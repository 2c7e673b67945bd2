"""Results kept on disk between runs, so that a second look at the same recordings takes seconds. Numbers, no code."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.measurement import FloatArray, Key, Measurement, Passages, Tempo

FORMAT = 3  # of the files
TEMPO_FACTS = ("bpm", "clarity", "stability", "beat_phase", "alternatives")
KEY_FACTS = ("tonic", "mode", "strength", "tuning")
ARRAYS = ("posterior", "profile", "embedding", "tag_logits", "timbre", "rival", "embeddings", "timbres")
NO_PASSAGES = Passages(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.float32))


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found out about one file."""

    measurement: Measurement
    rival: FloatArray  # empty where nobody asked for it, as are the passages
    passages: Passages = NO_PASSAGES


class Cache:
    """A folder of npz files, one per content and versions of the stages; without a folder it keeps nothing."""

    def __init__(self, folder: Path | None, versions: Mapping[str, str]) -> None:
        self._folder = folder
        facts = json.dumps([FORMAT, sorted(versions.items())])
        self._fingerprint = hashlib.sha256(facts.encode()).hexdigest()[:16]
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def read(self, path: Path) -> Measured | None:
        """What is known about a file, None when nothing is or what was kept is damaged."""
        place = self._place(path)
        if place is None or not place.is_file():
            return None
        try:
            with np.load(place, allow_pickle=False) as stored:
                facts = json.loads(str(stored["facts"]))
                arrays = {name: stored[name] for name in ARRAYS}
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None
        facts["tempo"]["alternatives"] = tuple(facts["tempo"]["alternatives"])
        tempo = Tempo(**facts["tempo"], posterior=arrays["posterior"])
        key = Key(**facts["key"], profile=arrays["profile"])
        measured = Measurement(
            facts["seconds"], tempo, key, arrays["embedding"], arrays["tag_logits"], arrays["timbre"], facts["loudness"]
        )
        return Measured(measured, arrays["rival"], Passages(arrays["embeddings"], arrays["timbres"]))

    def write(self, path: Path, measured: Measured) -> None:
        """Keep a result; a reader never sees half of it."""
        place = self._place(path)
        if place is None:
            return
        one = measured.measurement
        tempo = {name: getattr(one.tempo, name) for name in TEMPO_FACTS}
        key = {name: getattr(one.key, name) for name in KEY_FACTS}
        facts = json.dumps(
            {"seconds": one.seconds, "loudness": one.loudness, "tempo": tempo, "key": key}, default=float
        )
        half_done = place.with_suffix(f".{os.getpid()}.tmp")
        with half_done.open("wb") as handle:
            np.savez(
                handle,
                facts=np.array(facts),
                posterior=one.tempo.posterior,
                profile=one.key.profile,
                embedding=one.embedding,
                tag_logits=one.tag_logits,
                timbre=one.timbre,
                rival=measured.rival,
                embeddings=measured.passages.embeddings,
                timbres=measured.passages.timbres,
            )
        half_done.replace(place)

    def _place(self, path: Path) -> Path | None:
        if self._folder is None:
            return None
        with path.open("rb") as handle:
            content = hashlib.file_digest(handle, "sha256").hexdigest()
        return self._folder / f"{content[:32]}-{self._fingerprint}.npz"
