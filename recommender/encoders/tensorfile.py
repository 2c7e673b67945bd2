"""Reads and writes safetensors files with numpy alone.

The encoders must run on a machine that has only torch and numpy, and the format is a JSON header in front of raw
bytes. Writing it ourselves also makes the file the same, bit for bit, on every machine, so its hash can be pinned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from recommender.measurement import FloatArray


def write_tensors(path: Path, tensors: Mapping[str, FloatArray]) -> None:
    """Write float32 arrays, sorted by name."""
    header: dict[str, object] = {}
    position = 0
    for name in sorted(tensors):
        size = tensors[name].size * 4
        header[name] = {
            "dtype": "F32",
            "shape": list(tensors[name].shape),
            "data_offsets": [position, position + size],
        }
        position += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the format wants the data aligned to eight bytes
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in sorted(tensors):
            file.write(np.ascontiguousarray(tensors[name], dtype="<f4").tobytes())


def read_tensors(path: Path) -> dict[str, FloatArray]:
    """Read a file that holds float32 arrays only; the arrays are read-only views of one buffer."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    tensors = {}
    for name, entry in json.loads(raw[8:start]).items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, only F32 is supported")
        low, high = entry["data_offsets"]
        tensors[name] = np.frombuffer(raw, "<f4", (high - low) // 4, start + low).reshape(entry["shape"])
    return tensors
