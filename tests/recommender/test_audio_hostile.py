"""Files that mean harm, heard in a real cell: each has its code, and nobody is called."""

from __future__ import annotations

import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recommender import pipeline
from recommender.encoders.base import Windows
from recommender.errors import AnalysisError, Code
from recommender.measurement import Heard
from recommender.sandbox import Cell, Limits, spent
from tests import misbehaviour, sounds

pytestmark = pytest.mark.services

MEL = Windows(16_000, 187 * 256 / 16_000, 24, "logmel96", (187, 96))


def outcome(path: Path, memory_mib: int = 512) -> Heard | Code:
    """What a cell makes of a file: the result, or the code of the refusal. A death of the cell fails the test."""
    ((_, found),) = pipeline.hear_many([path], MEL, limits=Limits(memory_bytes=memory_mib << 20))
    if isinstance(found, AnalysisError):
        assert str(path.parent) not in str(found)
        return found.code
    assert isinstance(found, Heard), found
    return found


def wav(data: bytes, *, rate: int = 44_100, channels: int = 1, bits: int = 16, form: int = 1) -> Callable[[Path], Path]:
    """A builder of WAV files with that header."""
    return lambda path: sounds.raw_wav(path, data, rate=rate, channels=channels, bits=bits, form=form)


def text(content: bytes) -> Callable[[Path], int]:
    """A builder of files with that content."""
    return lambda path: path.write_bytes(content)


REFUSED = {
    "nothing but NaN": (wav(np.full(160_000, np.nan, "<f4").tobytes(), bits=32, form=3), Code.SILENT),
    "nothing but infinity": (wav(np.full(160_000, np.inf, "<f4").tobytes(), bits=32, form=3), Code.SILENT),
    "1 Hz": (wav(bytes(1_764_000), rate=1), Code.NOT_AUDIO),
    "0 Hz": (wav(bytes(1_764_000), rate=0), Code.NOT_AUDIO),
    "4 GHz": (wav(bytes(1_764_000), rate=2**32 - 1), Code.NOT_AUDIO),
    "65,535 channels": (wav(bytes(65_535 * 2 * 100), channels=65_535), Code.NOT_AUDIO),
    "200 channels": (wav(bytes(200 * 2 * 44_100), channels=200), Code.NOT_AUDIO),
    "no channels": (wav(bytes(100_000), channels=0), Code.NOT_AUDIO),
    "no bits": (wav(bytes(100_000), bits=0), Code.NOT_AUDIO),
    "zero bytes": (text(b""), Code.NOT_AUDIO),
    "one byte": (text(b"\xff"), Code.NOT_AUDIO),
    "prose": (text(b"It was a dark and stormy night. " * 1000), Code.NOT_AUDIO),
    "markup": (text(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"), Code.NOT_AUDIO),
    "an archive": (text(b"PK\x03\x04" + bytes(5000)), Code.NOT_AUDIO),
    "a header alone": (text(b"fLaC\0\0\0\x22" + bytes(34)), Code.NOT_AUDIO),
    "a tag alone": (text(sounds.id3([("TIT2", b"\0Nothing")])), Code.NOT_AUDIO),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_music_is_refused_with_its_code(name: str, tmp_path: Path) -> None:
    build, code = REFUSED[name]
    path = tmp_path / "stranger.mp3"
    build(path)

    assert outcome(path, memory_mib=256) == code


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "channels"), [(44_100, 1), (8_000, 8)])
def test_ten_silent_hours_stay_in_bounds(rate: int, channels: int, tmp_path: Path) -> None:
    """Less than a megabyte on disk, up to 9 GB decoded."""
    path = sounds.endless_silence(tmp_path / "endless.flac", 10, rate=rate, channels=channels)

    assert path.stat().st_size < 1e6
    assert outcome(path, memory_mib=256) == Code.SILENT


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes_are_never_music(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "random.mp3"
    path.write_bytes(np.random.default_rng(seed).bytes(300_000))

    assert outcome(path) in {Code.NOT_AUDIO, Code.UNDECODABLE}


@pytest.mark.parametrize("kind", sounds.playlists("", Path()))
def test_playlists_reach_neither_addresses_nor_files(kind: str, tmp_path: Path) -> None:
    secret = sounds.wav(tmp_path / "secret.wav", sounds.song(5))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        path = tmp_path / "list.mp3"
        path.write_bytes(sounds.playlists(address, secret)[kind])

        assert outcome(path) == Code.NOT_AUDIO
        with pytest.raises(AnalysisError):
            pipeline.hear(path, MEL)  # here the network is open: it is the whitelist that holds
        with pytest.raises(TimeoutError):
            listener.accept()


def test_tags_that_inflate_or_swarm_cost_neither_sound_nor_much_time(tmp_path: Path) -> None:
    sound = sounds.write(tmp_path / "plain.mp3", sounds.song(5)).read_bytes()
    inflating = zlib.compress(bytes(400_000_000), 9)
    size = bytes(((len(inflating) + 14) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    length = bytes(((len(inflating) + 4) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    tag = b"ID3\x04\0\0" + size + b"TIT2" + length + b"\0\x09" + struct.pack(">I", 0x0B3E6F00) + inflating
    attacks = {
        "inflating": tag,
        "swarm": sounds.id3([("TXXX", b"\0a\0b")] * 50_000),
        "owners": sounds.id3([("PRIV", b"owner %d\0b" % number) for number in range(200_000)]),
    }

    for name, attack in attacks.items():
        path = tmp_path / f"{name}.mp3"
        path.write_bytes(attack + sound)
        found = outcome(path)
        assert isinstance(found, Heard), name
        assert found.decoded.seconds == pytest.approx(5, abs=0.1)
        assert len(found.tags.title) <= 300


def test_a_tag_that_claims_more_than_there_is_does_not_cost_the_sound(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "plain.mp3", sounds.song(5))
    path.write_bytes(b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + bytes(5000) + path.read_bytes())

    found = outcome(path)

    assert isinstance(found, Heard)
    assert found.decoded.seconds == pytest.approx(5, abs=0.1)


@pytest.mark.slow
def test_700_000_comments_are_refused_after_ten_seconds_of_cpu(tmp_path: Path) -> None:
    """ffmpeg's list of tags would take half an hour for them."""
    path = sounds.commented(tmp_path / "wordy.flac", sounds.song(5), 700_000)
    before = spent()

    assert outcome(path) == Code.TOO_COSTLY
    assert spent() - before < 15


@pytest.mark.slow
@pytest.mark.parametrize("kind", [".flac", ".opus", ".mka", ".wma"])
def test_swarms_of_tags_end_every_reader(kind: str, tmp_path: Path) -> None:
    swarm = {f"K{number}": "x" for number in range(20_000)}
    path = sounds.write(tmp_path / f"swarm{kind}", sounds.song(4), tags=swarm)

    with pytest.raises(AnalysisError) as refusal:
        Cell().run(misbehaviour.hear_impatiently, path, MEL)
    assert refusal.value.code == Code.TOO_COSTLY


def test_many_tags_are_no_swarm(tmp_path: Path) -> None:
    assert isinstance(outcome(sounds.commented(tmp_path / "wordy.flac", sounds.song(5), 2000)), Heard)
