"""The contract of every encoder, the numerical proof of MusiCNN, and its way from the registry to the device."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from django.conf import settings
from django.core.management import call_command

from recommender import encoders
from recommender.encoders import musicnn, musicnn_fold, musicnn_network, wheels
from recommender.encoders.base import Encoder
from recommender.encoders.tag_layer import MSD_TAGS, MUSICNN_TAGS, TagLayer
from recommender.encoders.tensorbundle import BundleError, read_bundle
from recommender.encoders.tensorfile import read_tensors, write_tensors
from recommender.encoders.weights import ensure_musicnn, open_musicnn
from recommender.errors import ModelMissing
from recommender.features import mel
from tests.recommender.reference_sound import log_mel, reference_patches, reference_sound

ROOT = Path(__file__).parents[2]
REFERENCE = Path(__file__).parent / "data" / "musicnn_reference.npz"


@pytest.fixture(scope="module")
def models() -> Path:
    try:
        ensure_musicnn(settings.MODELS_DIR)
    except wheels.WheelUnavailable as error:
        pytest.skip(str(error))
    return settings.MODELS_DIR


@pytest.fixture(scope="module", params=encoders.available())
def encoder(request: pytest.FixtureRequest, models: Path) -> Encoder:
    return encoders.load(request.param, models)


def windows(encoder: Encoder, count: int, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random((count, *encoder.windows.shape)) ** 2 * 4).astype(np.float16)


# The contract: every encoder.


def test_an_encoder_says_what_it_is(encoder: Encoder) -> None:
    assert isinstance(encoder, Encoder)
    assert encoder.name in encoders.available()
    assert encoder.version
    assert encoder.licence
    assert encoder.windows.count > 0


def test_an_embedding_is_independent_of_its_neighbours(encoder: Encoder) -> None:
    tracks = [windows(encoder, count, seed) for seed, count in enumerate((3, 1, 4))]
    together = encoder.encode(tracks)
    alone = np.concatenate([encoder.encode([track]) for track in tracks])
    assert together.shape == (3, encoder.dim)
    assert together.dtype == np.float32
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(together[0] - together[1]).max() > 1e-3


def test_the_same_windows_give_the_same_bits(encoder: Encoder) -> None:
    track = windows(encoder, 3, 0)
    assert np.array_equal(encoder.encode([track]), encoder.encode([track]))


def test_an_embedding_is_the_mean_over_the_windows(encoder: Encoder) -> None:
    track = windows(encoder, 3, 1)
    each = np.concatenate([encoder.encode([track[i : i + 1]]) for i in range(3)])
    assert np.abs(encoder.encode([track])[0] - each.mean(axis=0)).max() < 1e-5


@pytest.mark.parametrize("level", [0.0, 8.0])
def test_silence_and_the_loudest_sound_are_finite(encoder: Encoder, level: float) -> None:
    track = np.full((2, *encoder.windows.shape), level, np.float16)
    assert np.isfinite(encoder.encode([track])).all()


def test_tag_logits_are_linear(encoder: Encoder) -> None:
    a, b = encoder.encode([windows(encoder, 1, 2), windows(encoder, 1, 3)])
    middle = encoder.tag_logits(((a + b) / 2)[None])[0]
    assert middle.shape == (len(encoder.tag_names),)
    assert np.abs(middle - encoder.tag_logits(np.stack([a, b])).mean(axis=0)).max() < 1e-4


def test_no_tracks_and_wrong_shapes(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dim)
    with pytest.raises(ValueError, match="shape"):
        encoder.encode([np.zeros((2, 10, 10), np.float16)])
    with pytest.raises(ValueError, match="shape"):
        encoder.encode([np.zeros((0, *encoder.windows.shape), np.float16)])


def test_unknown_names_are_refused(models: Path) -> None:
    with pytest.raises(ValueError, match="musicnn"):
        encoders.load("nobody", models)


# MusiCNN against the original.


def test_musicnn_agrees_with_the_original_weights_in_the_original_code(models: Path) -> None:
    encoder = encoders.load("musicnn", models)
    patches = reference_patches()
    ours = np.concatenate([encoder.encode([patch[None].astype(np.float16)]) for patch in patches])
    tags = 1 / (1 + np.exp(-encoder.tag_logits(ours)))
    with np.load(REFERENCE) as original:
        for number, net in enumerate(("msd", "mtt")):
            here = ours[:, 200 * number : 200 * (number + 1)]
            assert np.abs(here - original[f"{net}_penultimate"]).max() < 1e-4
            assert np.abs(tags[:, 50 * number : 50 * (number + 1)] - original[f"{net}_tags"]).max() < 1e-4
        assert np.ptp(original["mtt_tags"], axis=0).max() > 0.3  # the patches differ, or the comparison proves nothing


def test_our_spectrum_is_the_one_that_the_original_reads() -> None:
    sound = reference_sound()
    ours = mel.compressed(mel.power(sound))
    assert ours.shape == log_mel(sound).shape
    assert np.abs(ours - log_mel(sound)).max() < 1e-3


def test_folding_drops_dead_filters_and_keeps_living_ones(models: Path) -> None:
    fronts, backs = musicnn_fold.fold(open_musicnn(models))
    assert [sum(front.owners) for front in fronts] == [144, 98, 42, 46, 65]  # of 408, 408, 102, 102, 102
    assert [back.dense.shape for back in backs] == [(2 * (64 + 192), 200), (2 * (331 + 192), 200)]


def test_products_are_not_rounded_to_ten_bits_on_a_gpu(models: Path) -> None:
    """As images with CUDA like to ask for; the setting is there on machines without a GPU as well."""
    torch.set_float32_matmul_precision("high")
    musicnn.MusiCNN(models, device="cpu").encode([np.zeros((1, *musicnn.MusiCNN.windows.shape), np.float16)])
    assert torch.get_float32_matmul_precision() == "highest"


def test_what_fills_a_batch_changes_no_track(models: Path) -> None:
    """Batches of a GPU are of one size whoever shares them; here the CPU reads the same batch."""
    encoder = musicnn.MusiCNN(models, device="cpu")
    patches = windows(encoder, 3, 5)
    filled = musicnn.batch_of(patches, 2, 8, filled=True)
    assert filled.shape[0] == 8
    assert not filled[1:].any()
    with torch.inference_mode():
        heard = encoder.network(torch.from_numpy(filled).float())[:1].numpy()
    np.testing.assert_allclose(heard[0], encoder.encode([patches[2:]])[0], atol=1e-5)


# From the registry to the file.


def test_the_shipped_tag_layer_is_that_of_the_weights(models: Path) -> None:
    weights, layer = open_musicnn(models), TagLayer.shipped()
    assert np.array_equal(layer.weight[:200, :50], weights["msd/dense_1/kernel"])
    assert np.array_equal(layer.weight[200:, 50:], weights["mtt/dense_1/kernel"])
    assert not layer.weight[:200, 50:].any()
    assert np.array_equal(layer.bias[50:], weights["mtt/dense_1/bias"])
    assert layer.column("mtt:piano") == 50 + 9
    assert len(set(MUSICNN_TAGS)) == 2 * len(MSD_TAGS) == 100


def test_weights_that_are_missing_or_damaged_say_what_to_do(models: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="fetch_models"):
        open_musicnn(tmp_path)
    raw = bytearray((models / "musicnn.safetensors").read_bytes())
    raw[-1] ^= 1
    (tmp_path / "musicnn.safetensors").write_bytes(raw)
    with pytest.raises(ModelMissing, match="damaged"):
        open_musicnn(tmp_path)


def test_weights_that_are_there_are_not_fetched_again(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    call_command("fetch_models")
    assert str(models) in capsys.readouterr().out


def test_a_registry_that_does_not_answer_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(wheels.WheelUnavailable, match="PIP_FIND_LINKS"):
        wheels.fetch_wheel("no-such-wheel-for-segue==1 --hash=sha256:" + "0" * 64, tmp_path / "into")


def test_a_wheel_without_a_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(wheels.WheelUnavailable, match="hash"):
        wheels.fetch_wheel("musicnn==0.1.0", tmp_path)


def test_tensors_come_back_as_written(tmp_path: Path) -> None:
    tensors = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a/x": np.zeros(0, np.float32)}
    write_tensors(tmp_path / "t", tensors)
    back = read_tensors(tmp_path / "t")
    assert list(back) == ["a/x", "b"]
    assert all(np.array_equal(back[name], tensors[name]) for name in tensors)


def test_what_is_not_a_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.index").write_bytes(b"no table" * 10)
    (tmp_path / "x.data-00000-of-00001").write_bytes(b"")
    with pytest.raises(BundleError, match="not the index"):
        read_bundle(tmp_path / "x")


# What loads what.


@pytest.mark.slow
def test_encoders_run_with_torch_and_numpy_alone(models: Path) -> None:
    script = f"""
import sys
BEHIND = "django celery librosa scipy safetensors sklearn catalog config".split()
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BEHIND:
            raise ImportError(name + " is behind the wall")
sys.meta_path.insert(0, Wall())
from pathlib import Path
import numpy as np
from recommender import encoders
found = encoders.load("musicnn", Path({str(models)!r}))
assert np.isfinite(found.encode([np.zeros((1, 187, 96), np.float16)])).all()
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.parametrize(("channels", "taps"), [(1, 128), (5, 7)])
def test_products_say_what_convolutions_say(channels: int, taps: int) -> None:
    draw = torch.Generator().manual_seed(1)
    lines = torch.randn(3, channels, 187, generator=draw, dtype=torch.float64)
    kernel = torch.randn(4, channels, taps, generator=draw, dtype=torch.float64)
    torch.testing.assert_close(musicnn_network.multiplied(lines, kernel), musicnn_network.convolved(lines, kernel))


def test_asking_for_encoders_and_tags_does_not_load_torch() -> None:
    script = """
import sys
from recommender import encoders
from recommender.encoders import tag_layer, wheels, weights
encoders.available(); tag_layer.TagLayer.shipped()
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.slow
def test_the_bench_runs_with_torch_and_numpy_alone_and_knows_what_is_exact(models: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    others = {"django", "celery", "av", "librosa", "sklearn", "pymilvus", "soundfile", "catalog", "config"}
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['bench', {str(models)!r}, '--seconds', '0.1', '--json', {str(report)!r},"
        " '--cpu-precisions', 'float32,bfloat16', '--tracks-per-minute', '60']\n"
        "try: runpy.run_path('scripts/bench_encoder.py', run_name='__main__')\n"
        f"finally: assert not {others!r} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(report.read_text())
    assert found["devices"]["cpu"]["float32"]["cosine"] == pytest.approx(1.0, abs=1e-6)
    assert found["devices"]["cpu"]["bfloat16"]["cosine"] < 1.0
    assert found["devices"]["cpu"]["neighbours_change"] == 0.0
    assert found["devices"]["cpu"]["repeatable"] is True
    assert found["of_decode_bound"]["cpu"] > 0
