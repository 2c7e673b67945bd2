"""The only home of torch: one module a model, found by its name, loaded when somebody wants to encode."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from recommender.encoders.base import Encoder

DEFAULT = "musicnn"
_NAMES = (DEFAULT,)


def available() -> tuple[str, ...]:
    """Names that `load` knows."""
    return _NAMES


@cache
def load(name: str, models: Path) -> Encoder:
    """Load an encoder, once per process.

    Call it in the process that encodes, after any fork: importing torch costs seconds and 200 MiB, and CUDA does not
    survive a fork.

    Parameters
    ----------
    name : str
        One of `available()`.
    models : Path
        The model folder.

    Raises
    ------
    ValueError
        For an unknown name.
    recommender.errors.ModelMissing
        When the weights are not in the folder.
    """
    if name not in _NAMES:
        raise ValueError(f"no encoder is called {name!r}; there are: {', '.join(_NAMES)}")
    # By name at call time, so that a process which only asks what there is never pays for torch.
    encoder: Encoder = import_module(f"recommender.encoders.{name}").ENCODER(models)
    return encoder
