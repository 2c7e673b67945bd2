"""Headers that lie about length or samples: what is heard is what is there, and its length is the true one."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recommender.audio import headers, ogg
from recommender.audio.decode import RATE, Decoder
from recommender.errors import AnalysisError, Code
from recommender.measurement import Decoded
from tests import sounds

SECONDS = 90  # more than a section
PROMISED = 7200  # more than the cap
Lie = Callable[[bytearray], None]


def heard(path: Path) -> tuple[sounds.Samples, Decoded]:
    """All of the mix, and the report."""
    decoder = Decoder(path)
    mono = np.concatenate([block.mono for block in decoder.blocks()])
    return mono, decoder.report()[0]


def flac(content: bytearray) -> None:
    """In STREAMINFO, 36 bits of it."""
    packed = int.from_bytes(content[18:26], "big")
    content[18:26] = (packed >> 36 << 36 | PROMISED * (packed >> 44)).to_bytes(8, "big")


def xing(content: bytearray) -> None:
    """Frames of 1152 samples."""
    at = max(content.find(b"Xing"), content.find(b"Info"))
    content[at + 8 : at + 12] = struct.pack(">I", PROMISED * 48_000 // 1152)


def matroska(content: bytearray) -> None:
    """Milliseconds, as a float of 64 bits."""
    at = content.index(b"\x44\x89\x88") + 3
    content[at : at + 8] = struct.pack(">d", PROMISED * 1000.0)


def asf(content: bytearray) -> None:
    """Units of 100 ns, in the properties of the file."""
    at = content.index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"))
    content[at + 64 : at + 80] = struct.pack("<QQ", PROMISED * 10**7, PROMISED * 10**7)


def last_page(content: bytearray) -> None:
    """The number of its last sample."""
    at = content.rindex(ogg.CAPTURE)
    content[at + 6 : at + 14] = struct.pack("<Q", PROMISED * 48_000)
    content[at + 22 : at + 26] = bytes(4)
    content[at + 22 : at + 26] = ogg._checksum(bytes(content[at:])).to_bytes(4, "little")


LONGER: dict[str, Lie] = {
    ".flac": flac,
    ".mp3": xing,
    ".webm": matroska,
    ".mka": matroska,
    ".wma": asf,
    ".ogg": last_page,
    ".opus": last_page,
}


@pytest.mark.parametrize("kind", LONGER)
def test_what_promises_hours_and_has_minutes_is_heard_to_its_end(kind: str, tmp_path: Path) -> None:
    path = sounds.write(tmp_path / f"short{kind}", sounds.noise(SECONDS, rate=48_000), rate=48_000)
    content = bytearray(path.read_bytes())
    LONGER[kind](content)
    path.write_bytes(content)

    mono, report = heard(path)

    assert report.seconds == pytest.approx(SECONDS, abs=0.1)
    assert len(mono) == pytest.approx(SECONDS * RATE, abs=0.1 * RATE)
    assert report.truncated


def without_head(path: Path, samples: sounds.Samples, rate: int) -> bytes:
    """An MP3 that does not tell its length."""
    content = bytearray(sounds.write(path, samples, rate=rate).read_bytes())
    at = max(content.find(b"Xing"), content.find(b"Info"))
    content[at : at + 4] = bytes(4)
    return bytes(content)


@pytest.mark.parametrize("cap", [60.0, 130.0])
def test_a_long_file_that_tells_no_length_is_counted(
    cap: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its first frames, of 64 kbit/s, the rest of 320 would last five times as long."""
    monkeypatch.setattr("recommender.audio.pyav.CAP_SECONDS", cap)
    monkeypatch.setattr("recommender.audio.pyav.SECTION_SECONDS", 2.0)
    slow = without_head(tmp_path / "slow.mp3", sounds.noise(20, rate=8_000), 8_000)
    path = tmp_path / "both.mp3"
    path.write_bytes(slow + without_head(tmp_path / "fast.mp3", sounds.noise(100), 44_100))

    mono, report = heard(path)

    assert report.seconds == pytest.approx(120, abs=0.5)
    assert len(mono) / RATE == pytest.approx(120 if cap > 120 else 60, abs=3)
    assert report.truncated == (cap < 120)


@pytest.mark.parametrize(("taken", "valid"), [(32, 24), (32, 20), (24, 16), (24, 20), (16, 12), (16, 8)])
@pytest.mark.parametrize("before", [b"", b"bext" + struct.pack("<I", 9001) + bytes(9002)])
def test_samples_of_which_less_counts_than_they_take_are_no_noise(
    before: bytes, taken: int, valid: int, tmp_path: Path
) -> None:
    """As recorders write them: 24 bits, each in four bytes."""
    tone = sounds.sine(440, 4)
    form = struct.pack("<HHIIHHHHIH", 0xFFFE, 1, 44_100, 44_100 * taken // 8, taken // 8, taken, 22, valid, 4, 1)
    form += bytes.fromhex("000000001000800000aa00389b71")
    data = upper_bits(tone, taken, valid)
    body = before + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    path = tmp_path / "recorded.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)

    mono, report = heard(path)

    assert report.seconds == pytest.approx(4, abs=0.001)
    assert not report.truncated
    assert np.sqrt(np.mean(mono[8000:-8000] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.02)


def upper_bits(samples: sounds.Samples, taken: int, valid: int) -> bytes:
    """Integers of so many bits, of which the upper ones are used."""
    whole = (samples.astype(np.float64) * 2 ** (valid - 1)).astype("<i4") << (32 - valid)
    return whole.view(np.uint8).reshape(-1, 4)[:, 4 - taken // 8 :].tobytes()


@pytest.mark.parametrize("floats", [True, False])
def test_four_bytes_for_24_bits_are_integers_or_an_old_editors_floats(floats: bool, tmp_path: Path) -> None:
    tone = sounds.sine(440, 4)
    data = (tone * 2**23).astype("<f4").tobytes() if floats else upper_bits(tone, 32, 24)
    path = sounds.raw_wav(tmp_path / "edited.wav", data, rate=44_100, channels=1, bits=24)
    content = bytearray(path.read_bytes())
    content[32:34] = struct.pack("<H", 4)
    path.write_bytes(content)

    mono, report = heard(path)

    assert report.seconds == pytest.approx(4, abs=0.001)
    assert np.sqrt(np.mean(mono[8000:-8000] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("length", range(12, 60, 4))
def test_a_wav_that_ends_in_its_header_is_no_wav(length: int, tmp_path: Path) -> None:
    path = sounds.raw_wav(tmp_path / "cut.wav", bytes(400), rate=44_100, channels=1, bits=24, form=0xFFFE)
    path.write_bytes(path.read_bytes()[:length])

    assert not headers.is_misread(path, "pcm_s24le")
    with pytest.raises(AnalysisError) as refusal:
        heard(path)
    assert refusal.value.code in {Code.NOT_AUDIO, Code.UNDECODABLE}


@pytest.mark.parametrize("subtype", ["NMS_ADPCM_16", "NMS_ADPCM_24", "NMS_ADPCM_32", "G721_32"])
def test_speech_in_wav_that_ffmpeg_takes_for_another_codec_is_no_noise(subtype: str, tmp_path: Path) -> None:
    """Of these, ffmpeg makes noise of four times the length, and sound at 3 dB above its noise."""
    song = sounds.song(6, rate=8_000) * 0.7

    decoder = Decoder(sounds.wav(tmp_path / "song.wav", song, rate=8_000, subtype=subtype))
    found = np.concatenate([block.native[0] for block in decoder.blocks()])

    assert len(found) == pytest.approx(len(song), abs=200)
    assert np.sum(song**2) > 10 * np.sum((found[: len(song)] - song) ** 2)


def test_a_codec_that_passes_for_amr_by_its_tag_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(13_000)

    with pytest.raises(AnalysisError) as refusal:
        Decoder(sounds.raw_wav(tmp_path / "rogue.wav", noise, rate=8_000, channels=1, bits=8, form=0x38))

    assert refusal.value.code == Code.NOT_AUDIO


@pytest.mark.parametrize("subtype", ["GSM610", "IMA_ADPCM"])
def test_an_aiff_that_counts_samples_or_packets_is_whole(subtype: str, tmp_path: Path) -> None:
    path = tmp_path / "tone.aifc"
    sounds.soundfile.write(path, sounds.sine(440, 30, rate=8_000), 8_000, format="AIFF", subtype=subtype)

    mono, report = heard(path)

    assert (report.seconds, report.truncated) == (pytest.approx(30, abs=0.05), False)
    assert np.sqrt(np.mean(mono[8000:-8000] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert heard(path)[1].truncated
