"""Computes tests/recommender/data/musicnn_reference.npz with the original network, code and weights, in TensorFlow.

Run once, in an environment of its own; docs/encoder.md has the commands. TensorFlow is not needed to test against the
result. The wheel's `models.py` was written for TensorFlow 1: `tf.compat.v1.layers` answers through the package tf_keras
when TF_USE_LEGACY_KERAS is set, and nothing of the network is rewritten here.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def run_original(package: Path, model: str, patches: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Tag probabilities [shape=(n, 50)] and penultimate layer [shape=(n, 200)] of the original, patch by patch."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    sys.path.insert(0, str(package.parent))
    tf = importlib.import_module("tensorflow").compat.v1
    tf.disable_eager_execution()
    models = importlib.import_module("musicnn.models")
    tf.reset_default_graph()
    with tf.name_scope("model"):
        x = tf.placeholder(tf.float32, [None, *patches.shape[1:]])
        is_training = tf.placeholder(tf.bool)
        outputs = models.define_model(x, is_training, model, 50)
        probabilities = tf.nn.sigmoid(outputs[0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.train.Saver().restore(session, f"{package / model}/")
        rows = [session.run([probabilities, outputs[-1]], {x: patch[None], is_training: False}) for patch in patches]
    return np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])


def main() -> None:
    """Read patches that the test's own recipe made, write what the original says about them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="the unpacked wheel's folder `musicnn`")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parents[1]))
    patches = importlib.import_module("tests.recommender.reference_sound").reference_patches()
    found = {}
    for net in ("msd", "mtt"):
        found[f"{net}_tags"], found[f"{net}_penultimate"] = run_original(
            arguments.package, f"{net.upper()}_musicnn", patches
        )
    np.savez_compressed(arguments.out, **found)


if __name__ == "__main__":
    main()
