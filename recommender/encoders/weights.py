"""Brings the weights of the encoders to this machine, once: fetched by hash, converted, verified, renamed."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from recommender.encoders.tensorbundle import read_bundle
from recommender.encoders.tensorfile import read_tensors, write_tensors
from recommender.encoders.wheels import MUSICNN, fetch_wheel
from recommender.errors import ModelMissing
from recommender.measurement import FloatArray

MUSICNN_FILE = "musicnn.safetensors"
MUSICNN_SHA256 = "416f241bc1b464978a24d8a09ccc0647fa9466a0de5a6f2bc98794912a92b2f6"
NETWORKS = {"msd": "MSD_musicnn", "mtt": "MTT_musicnn"}  # our prefix -> folder in the wheel
TRAINING_ONLY = ("Adam", "beta1_power", "beta2_power")


class WeightsCorrupt(Exception):
    """The converted file is not the one that this version of Segue was tested with."""


def ensure_musicnn(models: Path) -> Path:
    """Make sure that the MusiCNN weights lie in the model folder.

    Parameters
    ----------
    models : Path
        Model folder; made when missing.

    Returns
    -------
    Path
        The verified safetensors file.

    Raises
    ------
    recommender.encoders.wheels.WheelUnavailable
        When the wheel cannot be had.
    WeightsCorrupt
        When the conversion does not give the expected bytes.
    """
    target = models / MUSICNN_FILE
    if target.is_file() and _sha256(target) == MUSICNN_SHA256:
        return target
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models) as scratch:
        wheel = fetch_wheel(MUSICNN, Path(scratch))
        converted = Path(scratch) / MUSICNN_FILE
        write_tensors(converted, convert_musicnn(wheel / "musicnn"))
        if (digest := _sha256(converted)) != MUSICNN_SHA256:
            raise WeightsCorrupt(f"{MUSICNN_FILE} came out as sha256 {digest}, expected {MUSICNN_SHA256}")
        converted.replace(target)
    return target


def convert_musicnn(package: Path) -> dict[str, FloatArray]:
    """Read both checkpoints of the unpacked `musicnn` package; names get the prefix "msd/" or "mtt/"."""
    return {
        f"{prefix}/{name}": tensor.astype("<f4")
        for prefix, folder in NETWORKS.items()
        for name, tensor in read_bundle(package / folder).items()
        if not any(word in name for word in TRAINING_ONLY)
    }


def open_musicnn(models: Path) -> dict[str, FloatArray]:
    """Read the weights that `ensure_musicnn` left.

    Raises
    ------
    ModelMissing
        When they are not there or damaged.
    """
    path = models / MUSICNN_FILE
    if not path.is_file():
        raise ModelMissing(f"{path} is missing: run `manage.py fetch_models`")
    if _sha256(path) != MUSICNN_SHA256:
        raise ModelMissing(f"{path} is damaged or of another version: run `manage.py fetch_models`")
    return read_tensors(path)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
