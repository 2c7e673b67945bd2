"""From a file to a measurement: what was put into a sound comes out of the pipeline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender import pipeline
from recommender.audio import decode
from recommender.encoders.base import Encoder, Windows
from recommender.errors import AnalysisError, CellDied, Code
from recommender.features import mel, periodicity, timbre
from recommender.measurement import Heard
from recommender.sandbox import Cell, Limits
from tests import sounds

MEL = Windows(16_000, 187 * 256 / 16_000, 24, "logmel96", (187, 96))
WAVE = Windows(16_000, 2.0, 5, "waveform", (32_000,))


@dataclass(frozen=True)
class BandMeans:
    """The simplest encoder that keeps the promise: mean level per mel band."""

    name: str = "band_means"
    version: str = "7"
    licence: str = "MIT"
    dim: int = 96
    windows: Windows = MEL
    tag_names: tuple[str, ...] = ()

    def encode(self, tracks: Sequence[NDArray[np.float16]]) -> NDArray[np.float32]:
        return np.stack([track.astype(np.float32).mean(axis=(0, 1)) for track in tracks])

    def tag_logits(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.zeros((len(embeddings), 0), np.float32)


@dataclass(frozen=True)
class WaveMeans(BandMeans):
    """The same of sound itself: one number."""

    dim: int = 1
    windows: Windows = WAVE

    def encode(self, tracks: Sequence[NDArray[np.float16]]) -> NDArray[np.float32]:
        return np.array([[np.abs(track.astype(np.float32)).mean()] for track in tracks], np.float32)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 seconds at 96 BPM in A minor, a second of silence before."""
    line = np.concatenate([sounds.silence(1.0), sounds.song(90, bpm=96, tonic=9, mode="minor")])
    return sounds.write(
        tmp_path_factory.mktemp("songs") / "song.flac", line, tags={"title": "Song", "artist": "Somebody"}
    )


@pytest.fixture(scope="module")
def heard(song: Path) -> Heard:
    return pipeline.hear(song, MEL)


def test_one_pass_hears_everything(heard: Heard) -> None:
    assert (heard.tags.title, heard.tags.artist) == ("Song", "Somebody")
    assert heard.decoded.seconds == pytest.approx(91, abs=0.01)
    assert heard.decoded.silence_start == pytest.approx(1.0, abs=0.02)
    octaves = np.log2(heard.pulse.bpm / 96)
    assert abs(octaves - round(octaves)) < 0.01
    assert (heard.key.tonic, heard.key.mode) == (9, "minor")
    assert -40 < heard.loudness.integrated < -5
    assert heard.peaks.shape == (800, 2)
    assert heard.energy.shape == (64,)
    assert heard.versions.keys() >= {"decode", "decoder", "mel", "tempo", "key", "loudness", "outline"}


def test_patches_are_what_librosa_would_give_the_encoder(heard: Heard, song: Path) -> None:
    mono = np.concatenate([block.mono for block in decode.Decoder(song).blocks()])
    whole = mel.compressed(mel.power(mono))

    assert heard.patches.shape == (24, 187, 96)
    assert heard.patches.dtype == np.float16
    first = int(heard.decoded.silence_start * mel.FRAME_RATE)
    np.testing.assert_allclose(heard.patches[0], whole[first : first + 187], rtol=1e-3, atol=1e-4)


def test_the_same_file_gives_the_same_bits(heard: Heard, song: Path) -> None:
    again = pipeline.hear(song, MEL)

    assert again.patches.tobytes() == heard.patches.tobytes()
    assert again.pulse.posterior.tobytes() == heard.pulse.posterior.tobytes()
    assert again.loudness == heard.loudness
    assert again.peaks.tobytes() == heard.peaks.tobytes()


def test_encoders_of_waveforms_get_waveforms(song: Path) -> None:
    found = pipeline.hear(song, WAVE).patches

    assert found.shape == (5, 32_000)
    assert 0.01 < np.abs(found).max() < 4


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        (sounds.silence(0.0), Code.TOO_SHORT),
        (sounds.song(2.9), Code.TOO_SHORT),
        (np.concatenate([sounds.sine(440, 0.5), sounds.silence(20)]), Code.TOO_SHORT),
        (sounds.silence(10), Code.SILENT),
        (sounds.noise(10, level=1e-6), Code.SILENT),
    ],
)
def test_too_little_sound_is_refused(samples: np.ndarray, code: Code, tmp_path: Path) -> None:
    path = sounds.wav(tmp_path / "little.wav", samples, subtype="FLOAT")

    with pytest.raises(AnalysisError) as refusal:
        pipeline.hear(path, MEL)

    assert refusal.value.code in ({code, Code.UNDECODABLE} if not len(samples) else {code})


def test_a_file_that_just_fails_to_be_long_enough_is_told_so(tmp_path: Path) -> None:
    path = sounds.wav(tmp_path / "little.wav", sounds.song(MEL.seconds - 0.02))

    with pytest.raises(AnalysisError, match=r"2\.97 s, at least 2\.99 s are needed"):
        pipeline.hear(path, MEL)


@pytest.mark.parametrize("samples", [sounds.song(3.0), sounds.noise(30), sounds.sine(50, 10), sounds.clicks(60, 10)])
def test_strange_sounds_have_finite_results(samples: np.ndarray, tmp_path: Path) -> None:
    found = pipeline.hear(sounds.wav(tmp_path / "strange.wav", samples), MEL)
    (measured,) = pipeline.measure([found], BandMeans())

    assert 1 <= len(found.patches) <= 24
    for values in (
        found.patches,
        found.pulse.posterior,
        found.key.profile,
        measured.embedding,
        measured.tempo.posterior,
    ):
        assert np.isfinite(values).all()


def test_a_batch_is_measured_in_order_and_independently(heard: Heard, tmp_path: Path) -> None:
    other = pipeline.hear(sounds.wav(tmp_path / "noise.wav", sounds.noise(20)), MEL)
    encoder = BandMeans()
    assert isinstance(encoder, Encoder)

    both = pipeline.measure([heard, other], encoder)
    alone = pipeline.measure([other], encoder)

    assert [one.seconds for one in both] == [heard.decoded.seconds, other.decoded.seconds]
    np.testing.assert_allclose(both[1].embedding, alone[0].embedding, atol=1e-5)
    assert both[0].key == heard.key
    assert both[0].tempo.bpm is not None
    assert pipeline.measure([], encoder) == []


def test_a_track_piece_by_piece_is_the_track(heard: Heard) -> None:
    encoder = BandMeans()
    (track,) = pipeline.measure([heard], encoder)
    one, other = pipeline.passages([heard, heard], encoder)
    assert one.embeddings.shape == (24, encoder.dim)
    assert np.allclose(one.embeddings.mean(axis=0), track.embedding, atol=1e-5)
    assert np.array_equal(one.embeddings, other.embeddings)
    assert one.timbres.shape == (6, timbre.DIM)
    cepstra = slice(0, timbre.CEPSTRA)
    assert np.corrcoef(one.timbres.mean(axis=0)[cepstra], heard.timbre[cepstra])[0, 1] > 0.99
    assert pipeline.passages([], encoder) == []


def test_waveforms_have_passages_too(song: Path) -> None:
    (one,) = pipeline.passages([pipeline.hear(song, WAVE)], WaveMeans())
    assert one.timbres.shape == (1, timbre.DIM)
    assert np.isfinite(one.timbres).all()


def test_every_stage_has_a_version() -> None:
    found = pipeline.analysis_versions(BandMeans())

    assert found["encoder"] == "7"
    assert found.keys() >= {"decode", "mel", "tempo", "key", "loudness", "outline"}
    assert all(found.values())


@pytest.mark.services
def test_a_cell_gives_the_same_bits_as_this_process(heard: Heard, song: Path) -> None:
    ((path, found),) = pipeline.hear_many([song], MEL, cells=1)

    assert path == song
    assert isinstance(found, Heard)
    assert found.patches.tobytes() == heard.patches.tobytes()
    assert found.tags == heard.tags
    assert found.decoded == heard.decoded


@pytest.mark.services
def test_many_files_good_and_bad_are_all_answered(song: Path, tmp_path: Path) -> None:
    silent = sounds.wav(tmp_path / "silent.wav", sounds.silence(10))
    text = tmp_path / "text.mp3"
    text.write_text("not music")

    found = dict(pipeline.hear_many([silent, song, text, tmp_path / "gone.mp3", song.with_name("song.flac")], MEL))

    assert isinstance(found[song], Heard)
    codes = {path.name: outcome.code for path, outcome in found.items() if isinstance(outcome, AnalysisError)}
    assert codes == {"silent.wav": Code.SILENT, "text.mp3": Code.NOT_AUDIO, "gone.mp3": Code.FILE_MISSING}


@pytest.mark.services
def test_files_are_heard_while_the_caller_is_busy(tmp_path: Path) -> None:
    paths = [sounds.wav(tmp_path / f"{number}.wav", sounds.song(20)) for number in range(3)]
    pipeline.warm_up()
    stream = pipeline.hear_many(paths, MEL, cells=2)

    begin = time.monotonic()
    next(stream)
    alone = time.monotonic() - begin
    time.sleep(3 * alone)  # the encoder at work
    begin = time.monotonic()
    next(stream)

    assert time.monotonic() - begin < alone / 4


@pytest.mark.services
def test_a_cell_that_is_too_small_is_a_counted_death_not_a_crash(song: Path) -> None:
    ((_, outcome),) = pipeline.hear_many([song], MEL, limits=Limits(memory_bytes=1 << 20))

    assert isinstance(outcome, CellDied)
    assert outcome.code in {Code.CELL_MEMORY, Code.CELL_CRASHED}


def kernels_at_birth() -> int:
    """How many of the tempo's kernels are there before anything was measured."""
    return periodicity._fourier_kernel.cache_info().currsize + periodicity._period_kernel.cache_info().currsize


def test_a_cell_is_born_with_what_every_track_needs() -> None:
    pipeline.warm_up()

    assert Cell().run(kernels_at_birth) == 2
    made = periodicity._fourier_kernel.cache_info().misses
    periodicity.periodicity(np.ones((periodicity.GROUPS, 2000), np.float32), mel.FRAME_RATE)
    assert periodicity._fourier_kernel.cache_info().misses == made
