"""Every format gives the sound that was put in, at its true length; damage and lies are survived and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.audio import decode
from recommender.audio.decode import Decoder
from recommender.audio.pyav import AvSource
from recommender.errors import AnalysisError, Code
from recommender.measurement import Decoded
from recommender.sandbox import Cell
from tests import sounds

LOSSLESS = {".wav", ".flac", ".aiff", ".alac.m4a"}
SECONDS = 6.0


def heard(path: Path) -> tuple[np.ndarray, Decoded]:
    """Mono at 16 kHz, and the report."""
    decoder = Decoder(path)
    mono = np.concatenate([block.mono for block in decoder.blocks()])
    return mono, decoder.report()[0]


def level(mono: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(mono.astype(np.float64) ** 2)))


def strongest(mono: np.ndarray) -> float:
    """Frequency of the strongest partial in Hz."""
    return float(np.argmax(np.abs(np.fft.rfft(mono * np.hanning(len(mono))))) * decode.RATE / len(mono))


@pytest.fixture(scope="module")
def stereo() -> np.ndarray:
    """A tone of 440 Hz, right half as loud as left: the mean has level 0.375."""
    tone = sounds.sine(440, SECONDS)
    return np.stack([tone, tone / 2])


@pytest.mark.parametrize("kind", sounds.KINDS)
def test_every_format_gives_length_pitch_and_level(kind: str, stereo: np.ndarray, tmp_path: Path) -> None:
    mono, report = heard(sounds.write(tmp_path / f"tone{kind}", stereo))

    assert report.seconds == pytest.approx(SECONDS, abs=0.001 if kind in LOSSLESS else 0.06)
    assert len(mono) == pytest.approx(report.seconds * decode.RATE, abs=2)
    assert strongest(mono) == pytest.approx(440, abs=0.5)
    assert level(mono[8000:-8000]) == pytest.approx(0.375 / np.sqrt(2), rel=0.001 if kind in LOSSLESS else 0.02)
    assert report.channels == 2
    assert report.packet_errors == 0
    assert not report.truncated
    assert report.decoder.startswith("pyav")


@pytest.mark.parametrize("subtype", sounds.SAMPLE_FORMATS)
def test_every_sample_format_of_wav_gives_the_same_level(subtype: str, stereo: np.ndarray, tmp_path: Path) -> None:
    mono, report = heard(sounds.wav(tmp_path / "tone.wav", stereo, subtype=subtype))

    assert level(mono[8000:-8000]) == pytest.approx(0.375 / np.sqrt(2), rel=0.01)
    assert report.seconds == pytest.approx(SECONDS, abs=0.05)


def test_a_wav_of_64_bit_integers_is_a_wav(stereo: np.ndarray, tmp_path: Path) -> None:
    samples = (stereo.T.astype(np.float64) * 2**63).astype("<i8").tobytes()

    mono, _ = heard(sounds.raw_wav(tmp_path / "tone.wav", samples, rate=sounds.RATE, channels=2, bits=64))

    assert level(mono[8000:-8000]) == pytest.approx(0.375 / np.sqrt(2), rel=0.001)


@pytest.mark.parametrize("kind", [".wav", ".flac", ".m4a", ".opus", ".mka", ".aiff"])
@pytest.mark.parametrize("channels", [6, 8])
def test_channels_of_a_cinema_are_all_heard(channels: int, kind: str, tmp_path: Path) -> None:
    """In a cell: of eight in a plane each, and of an order of the file's own, PyAV reads memory that is not its own."""
    tone = sounds.sine(440, SECONDS, rate=48_000)
    planes = np.stack([tone * (1 if number in {0, channels - 1} else 0) for number in range(channels)])
    path = sounds.write(tmp_path / f"tone{kind}", planes, rate=48_000)

    heard_channels, seconds, loud = Cell().run(figures_of, path)

    assert heard_channels == channels
    assert seconds == pytest.approx(SECONDS, abs=0.06)
    assert loud == pytest.approx(2 * 0.5 / channels / np.sqrt(2), rel=0.03)


def figures_of(path: Path) -> list[float]:
    """Channels, seconds and the level of the mix."""
    mono, report = heard(path)
    return [report.channels, report.seconds, level(mono[8000:-8000])]


@pytest.mark.parametrize("kind", [".mp3", ".aac"])
def test_files_put_together_of_several_shapes_are_heard_to_the_end(kind: str, tmp_path: Path) -> None:
    tone = sounds.sine(440, 4)
    parts = [
        sounds.write(tmp_path / f"jingle{kind}", sounds.sine(440, 1, rate=22_050), rate=22_050),
        sounds.write(tmp_path / f"song{kind}", np.stack([tone, tone])),
        sounds.write(tmp_path / f"speech{kind}", sounds.sine(440, 1, rate=16_000), rate=16_000),
        sounds.write(tmp_path / f"coda{kind}", np.stack([tone, tone])),
    ]
    path = tmp_path / f"programme{kind}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))

    mono, report = heard(path)

    assert report.seconds == pytest.approx(10, abs=0.5)
    assert strongest(mono) == pytest.approx(440, abs=0.5)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 48_000, 96_000, 192_000])
def test_rates_are_brought_to_16_khz(rate: int, tmp_path: Path) -> None:
    mono, report = heard(sounds.wav(tmp_path / "tone.wav", sounds.sine(440, 3, rate=rate), rate=rate))

    assert report.sample_rate == rate
    assert len(mono) == pytest.approx(3 * decode.RATE, abs=2)
    assert strongest(mono) == pytest.approx(440, abs=0.5)


def test_what_is_above_8_khz_does_not_fold_back(tmp_path: Path) -> None:
    mono, _ = heard(sounds.wav(tmp_path / "high.wav", sounds.sine(12_000, 3)))

    assert level(mono[2000:-2000]) < 1e-4


def test_a_wav_with_the_extensible_header_is_a_wav(stereo: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    sounds.soundfile.write(path, stereo.T, sounds.RATE, format="WAVEX", subtype="PCM_24")

    mono, report = heard(path)

    assert level(mono[8000:-8000]) == pytest.approx(0.375 / np.sqrt(2), rel=0.01)
    assert report.seconds == pytest.approx(SECONDS, abs=0.001)


@pytest.mark.parametrize("kind", ["AU", "CAF"])
def test_libsndfile_reads_what_pyav_may_not(kind: str, stereo: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / f"tone.{kind.lower()}"
    sounds.soundfile.write(path, stereo.T, sounds.RATE, format=kind, subtype="PCM_16")

    mono, report = heard(path)

    assert report.decoder.startswith("soundfile")
    assert report.seconds == pytest.approx(SECONDS, abs=0.001)
    assert strongest(mono) == pytest.approx(440, abs=0.5)


def test_nan_and_infinity_are_silenced_and_absurd_levels_bounded(tmp_path: Path) -> None:
    tone = sounds.sine(440, 3)
    tone[1000:1100], tone[2000:2100], tone[3000:3100] = np.nan, np.inf, 1e30

    mono, _ = heard(sounds.wav(tmp_path / "broken.wav", tone, subtype="FLOAT"))

    assert np.isfinite(mono).all()
    assert np.abs(mono).max() < 2 * decode.CEILING
    assert strongest(mono[8000:]) == pytest.approx(440, abs=0.5)


def test_silence_at_both_ends_is_measured(tmp_path: Path) -> None:
    line = np.concatenate([sounds.silence(1.5), sounds.sine(440, 3), sounds.silence(0.75)])

    _, report = heard(sounds.wav(tmp_path / "framed.wav", line))

    assert report.silence_start == pytest.approx(1.5, abs=0.02)
    assert report.silence_end == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("kind", [".mp3", ".flac", ".wav"])
def test_a_file_cut_in_half_gives_its_half_and_says_so(kind: str, stereo: np.ndarray, tmp_path: Path) -> None:
    path = sounds.write(tmp_path / f"cut{kind}", stereo)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    _, report = heard(path)

    assert report.truncated
    assert SECONDS * 0.3 < report.seconds < SECONDS * 0.7


@pytest.mark.parametrize("kind", [".mp3", ".flac"])
def test_broken_packets_are_counted_and_survived(kind: str, tmp_path: Path) -> None:
    path = sounds.write(tmp_path / f"hurt{kind}", sounds.noise(20))
    content = bytearray(path.read_bytes())
    for place in np.random.default_rng(1).integers(len(content) // 4, len(content), 40):
        content[place : place + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)

    _, report = heard(path)

    assert report.packet_errors > 0
    assert report.seconds > 10


@pytest.mark.parametrize("filling", [b"\0", b"\xa7"])
@pytest.mark.parametrize("kind", [".m4a", ".alac.m4a", ".mp3", ".ogg"])
def test_what_is_left_of_a_download_is_heard(kind: str, filling: bytes, tmp_path: Path) -> None:
    """Space was kept for all of it, and most of it never came; the tables at the end of an M4A did."""
    path = sounds.write(tmp_path / f"part{kind}", sounds.noise(30))
    content = bytearray(path.read_bytes())
    start, stop = len(content) // 4, len(content) * 9 // 10
    content[start:stop] = filling * (stop - start)
    path.write_bytes(content)

    _, report = heard(path)

    assert report.seconds > 7
    assert report.truncated


def test_a_header_that_promises_the_moon_changes_nothing(stereo: np.ndarray, tmp_path: Path) -> None:
    data = (sounds.sine(440, 5) * 30_000).astype("<i2").tobytes()

    for claimed in (0, 2**32 - 100):
        path = sounds.raw_wav(tmp_path / "lie.wav", data, rate=44_100, channels=1, bits=16, claimed=claimed)
        assert heard(path)[1].seconds == pytest.approx(5, abs=0.001)


def test_a_guess_from_the_bit_rate_is_no_promise(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "bare.aac", sounds.song(6))

    assert not AvSource(path).facts.promised
    assert not heard(path)[1].truncated


@pytest.mark.parametrize("kind", [".flac", ".wav", ".mp3", ".au"])
def test_a_long_track_is_heard_in_sections_spread_over_all_of_it(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("pyav", "sndfile"):
        monkeypatch.setattr(f"recommender.audio.{module}.CAP_SECONDS", 60.0)
        monkeypatch.setattr(f"recommender.audio.{module}.SECTION_SECONDS", 2.0)
    steps = [sounds.sine(200 + 10 * minute, 10, rate=8_000) for minute in range(60)]  # ten minutes, rising
    path = tmp_path / f"long{kind}"
    if kind == ".au":  # for libsndfile
        sounds.soundfile.write(path, np.concatenate(steps), 8_000, format="AU")
    else:
        sounds.write(path, np.concatenate(steps), rate=8_000)

    mono, report = heard(path)

    assert 60 <= len(mono) / decode.RATE < 80
    assert report.seconds == pytest.approx(600, abs=2)
    assert report.truncated
    assert strongest(mono[: decode.RATE]) == pytest.approx(200, abs=2)
    assert strongest(mono[-decode.RATE // 2 :]) == pytest.approx(790, abs=3)
    middle = len(mono) // 2
    assert 480 <= strongest(mono[middle : middle + decode.RATE]) <= 510


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as refusal:
        Decoder(tmp_path / "gone.mp3")

    assert refusal.value.code == Code.FILE_MISSING
    assert str(tmp_path) not in str(refusal.value)
