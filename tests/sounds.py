"""Sounds whose truth is known, and files that mean harm. Written by PyAV and soundfile, without the ffmpeg program."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

RATE = 44_100
Samples = NDArray[np.float32]

# suffix -> (container, codec) of every kind of file that Segue promises to read
KINDS = {
    ".mp3": ("mp3", "libmp3lame"),
    ".ogg": ("ogg", "vorbis"),  # written by libsndfile: PyAV brings no good Vorbis encoder
    ".opus": ("ogg", "libopus"),
    ".flac": ("flac", "flac"),
    ".wav": ("wav", "pcm_s16le"),
    ".m4a": ("ipod", "aac"),
    ".alac.m4a": ("ipod", "alac"),
    ".aac": ("adts", "aac"),
    ".aiff": ("aiff", "pcm_s16be"),
    ".wma": ("asf", "wmav2"),
    ".webm": ("webm", "libopus"),
    ".mka": ("matroska", "flac"),
}
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
SAMPLE_FORMATS = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM")


# -- sounds ------------------------------------------------------------------------------------------------------------


def sine(hertz: float, seconds: float, *, rate: int = RATE, level: float = 0.5) -> Samples:
    """A pure tone."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def silence(seconds: float, *, rate: int = RATE) -> Samples:
    """Digital silence."""
    return np.zeros(round(seconds * rate), np.float32)


def noise(seconds: float, *, rate: int = RATE, level: float = 0.1, seed: int = 0) -> Samples:
    """White noise."""
    return (level * np.random.default_rng(seed).standard_normal(round(seconds * rate))).astype(np.float32)


def clicks(bpm: float, seconds: float, *, rate: int = RATE, offset: float = 0.0, level: float = 0.8) -> Samples:
    """A click on every beat: exactly `bpm`, the first after `offset` seconds."""
    line = np.zeros(round(seconds * rate), np.float32)
    rng = np.random.default_rng(0)
    length = round(0.03 * rate)
    click = (level * np.exp(-np.arange(length) / (0.006 * rate)) * rng.uniform(-1, 1, length)).astype(np.float32)
    for beat in np.arange(offset, seconds, 60 / bpm):
        start = round(beat * rate)
        line[start : start + length] += click[: len(line) - start]
    return line


def tone(midi: float, seconds: float, *, rate: int = RATE, level: float = 0.2) -> Samples:
    """A note with six harmonics that fades like a plucked string."""
    time = np.arange(round(seconds * rate)) / rate
    hertz = 440 * 2 ** ((midi - 69) / 12)
    partials = sum(np.sin(2 * np.pi * hertz * n * time) / n**1.5 for n in range(1, 7))
    return (level * partials * np.exp(-1.5 * time)).astype(np.float32)


def chords(tonic: int, mode: str, seconds: float, *, bpm: float = 120.0, rate: int = RATE) -> Samples:
    """The cadence I IV V I (i iv V i in minor) over and over, two beats a chord. `tonic` 0 = C .. 11 = B."""
    third = 4 if mode == "major" else 3
    degrees = [(0, third), (5, third), (7, 4), (0, third)]
    length = 2 * 60 / bpm
    parts = []
    for number in range(int(np.ceil(seconds / length))):
        root, middle = degrees[number % len(degrees)]
        notes = [48 + tonic + root, 60 + tonic + root, 60 + tonic + root + middle, 67 + tonic + root]
        parts.append(np.sum([tone(note, length, rate=rate) for note in notes], axis=0))
    return np.concatenate(parts)[: round(seconds * rate)].astype(np.float32)


def song(seconds: float, *, bpm: float = 120.0, tonic: int = 0, mode: str = "major", rate: int = RATE) -> Samples:
    """Chords under clicks: tempo and key known."""
    return clicks(bpm, seconds, rate=rate, level=0.4) + chords(tonic, mode, seconds, bpm=bpm, rate=rate)


# -- files -------------------------------------------------------------------------------------------------------------


def write(
    path: Path, samples: Samples, *, rate: int = RATE, kind: str = "", tags: Mapping[str, str] | None = None
) -> Path:
    """Encode samples [shape=(n,) or (channels, n)] as a file of a kind in `KINDS`, by default what the name says."""
    container_name, codec = KINDS[
        kind or "".join(path.suffixes[-2:] if ".alac" in path.suffixes else path.suffixes[-1:])
    ]
    planes = np.atleast_2d(samples).astype(np.float32)
    if codec == "vorbis":
        return _vorbis(path, planes, rate, tags or {})
    if codec == "libopus" and rate != 48_000:
        planes, rate = _resampled(planes, rate, 48_000), 48_000
    with av.open(str(path), "w", format=container_name) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate=rate, layout=LAYOUTS[len(planes)])
        if codec in {"wmav2", "libmp3lame", "aac", "libopus"}:
            stream.bit_rate = 320_000 if codec == "libmp3lame" else 128_000  # below, LAME scales everything by 0.95
        resampler = av.AudioResampler(stream.format.name, stream.layout.name, rate)
        for start in range(0, planes.shape[1], 1 << 16):
            part = planes[:, start : start + (1 << 16)].T.reshape(1, -1)  # PyAV knows no eight planes
            frame = av.AudioFrame.from_ndarray(part, format="flt", layout=stream.layout.name)
            frame.sample_rate, frame.pts = rate, start
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def _vorbis(path: Path, planes: Samples, rate: int, tags: Mapping[str, str]) -> Path:
    with soundfile.SoundFile(path, "w", rate, len(planes), format="OGG", subtype="VORBIS") as file:
        for name in {"title", "artist", "album", "genre"} & tags.keys():
            setattr(file, name, tags[name])
        for start in range(0, planes.shape[1], 1 << 16):
            file.write(planes[:, start : start + (1 << 16)].T)
    return path


def _resampled(planes: Samples, rate: int, wanted: int) -> Samples:
    at = np.arange(round(planes.shape[1] * wanted / rate)) * rate / wanted
    return np.stack([np.interp(at, np.arange(planes.shape[1]), line) for line in planes]).astype(np.float32)


def wav(path: Path, samples: Samples, *, rate: int = RATE, subtype: str = "PCM_16") -> Path:
    """A WAV file of any sample format of `SAMPLE_FORMATS`."""
    soundfile.write(path, np.atleast_2d(samples).T, rate, subtype=subtype, format="WAV")
    return path


# -- files that mean harm ----------------------------------------------------------------------------------------------


def raw_wav(
    path: Path, data: bytes, *, rate: int, channels: int, bits: int, form: int = 1, claimed: int | None = None
) -> Path:
    """A WAV file with any header over any bytes."""
    align = max(1, channels * bits // 8) % 65_536
    size = len(data) if claimed is None else claimed
    header = struct.pack("<HHIIHH", form, channels, rate, (rate * align) % 2**32, align, bits)
    path.write_bytes(
        b"RIFF" + struct.pack("<I", (36 + size) % 2**32) + b"WAVEfmt " + struct.pack("<I", 16) + header
        + b"data" + struct.pack("<I", size % 2**32) + data
    )  # fmt: skip
    return path


def endless_silence(path: Path, hours: float, *, rate: int = RATE, channels: int = 1) -> Path:
    """Many hours of silence in a small FLAC: written by hand, 65,535 samples in a frame of 15 bytes."""
    block = 65_535
    frames = int(hours * 3600 * rate / block)
    packed = rate << 44 | (channels - 1) << 41 | (16 - 1) << 36 | frames * block
    info = struct.pack(">HH", block, block) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    with path.open("wb") as file:
        file.write(b"fLaC\x80" + len(info).to_bytes(3, "big") + info)
        for number in range(frames):
            head = b"\xff\xf8\x70" + bytes([(channels - 1) << 4]) + _utf8(number) + struct.pack(">H", block - 1)
            frame = head + bytes([_crc(head, 8, 0x07)]) + b"\0\0\0" * channels  # constant subframes of value 0
            file.write(frame + struct.pack(">H", _crc(frame, 16, 0x8005)))
    return path


def _utf8(number: int) -> bytes:
    """A frame number in UTF-8, surrogates included."""
    return chr(number).encode("utf-8", "surrogatepass")


@cache
def _crc_table(bits: int, polynomial: int) -> list[int]:
    table = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = (value << 1) ^ (polynomial if value >> (bits - 1) & 1 else 0)
        table.append(value & ((1 << bits) - 1))
    return table


def _crc(data: bytes, bits: int, polynomial: int) -> int:
    table, value = _crc_table(bits, polynomial), 0
    for byte in data:
        value = (value << 8 & ((1 << bits) - 1)) ^ table[value >> (bits - 8) ^ byte]
    return value


def playlists(address: str, secret: Path) -> dict[str, bytes]:
    """Texts that make a careless decoder fetch an address or open another file; name -> content."""
    return {
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}/a.ts\n#EXT-X-ENDLIST\n".encode(),
        "ffconcat": f"ffconcat version 1.0\nfile '{address}/a.mp3'\nfile '{secret}'\n".encode(),
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        "mpd": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:'
            'profile:isoff-on-demand:2011" mediaPresentationDuration="PT10S"><Period><AdaptationSet '
            'mimeType="audio/mp4">'
            f'<Representation id="1" bandwidth="1000"><BaseURL>{address}/a.mp4</BaseURL></Representation>'
            "</AdaptationSet></Period></MPD>"
        ).encode(),
        "asx": f'<asx version="3.0"><entry><ref href="{address}/a.wma"/></entry></asx>'.encode(),
    }


def commented(path: Path, samples: Samples, count: int) -> Path:
    """A FLAC file with so many comments, each of another name."""
    plain = write(path, samples).read_bytes()
    information, sound = plain[5:42], plain[_after_metadata(plain) :]
    comments = (b"K%d=x" % number for number in range(count))
    body = struct.pack("<II", 0, count) + b"".join(struct.pack("<I", len(one)) + one for one in comments)
    path.write_bytes(b"fLaC\0" + information + b"\x84" + len(body).to_bytes(3, "big") + body + sound)
    return path


def _after_metadata(flac: bytes) -> int:
    at, last = 4, False
    while not last:
        last = flac[at] >= 0x80
        at += 4 + int.from_bytes(flac[at + 1 : at + 4], "big")
    return at


def id3(frames: Sequence[tuple[str, bytes]]) -> bytes:
    """An ID3v2.3 tag of the given frames."""
    body = b"".join(name.encode() + struct.pack(">I", len(data)) + b"\0\0" + data for name, data in frames)
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + body
