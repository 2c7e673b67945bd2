"""Files one behind the other are one file, as stations record them: all of it is heard alike, whatever changes."""

from __future__ import annotations

import time
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from recommender.audio import ogg
from recommender.audio.decode import RATE, Decoder
from recommender.measurement import Decoded
from tests import sounds

STATION = {  # what follows five seconds of Vorbis, 44.1 kHz, mono: kind, rate, channels
    "another rate": [(".ogg", 22_050, 1)],
    "other channels": [(".ogg", 44_100, 2)],
    "another codec": [(".opus", 48_000, 1)],
    "all of it": [(".ogg", 22_050, 2), (".opus", 48_000, 1), (".ogg", 44_100, 1), (".ogg", 44_100, 1)],
}
SHAPES = {"mono": [1], "stereo": [1, 1], "5.1": [1] * 6, "opposed": [1, -1]}  # a tone's sign in each channel
MOST_CHANNELS = {".mp3": 2, ".aac": 2, ".opus": 6}  # in which a tone lives: of six, AAC cuts one off above 120 Hz
TURNS = [
    pytest.param(kind, one, other, id=f"{one} then {other}{kind}")
    for kind, most in MOST_CHANNELS.items()
    for one, other in permutations((shape for shape, signs in SHAPES.items() if len(signs) <= most), 2)
]


def station(folder: Path, links: list[tuple[str, int, int]]) -> list[bytes]:
    """Ogg files of five seconds each."""
    return [
        sounds.write(
            folder / f"{number}{kind}", np.stack([sounds.sine(440, 5, rate=rate)] * channels), rate=rate
        ).read_bytes()
        for number, (kind, rate, channels) in enumerate([(".ogg", 44_100, 1), *links])
    ]


def chain(folder: Path, *parts: bytes) -> Path:
    """Those bytes as one file."""
    path = folder / "chain.ogg"
    path.write_bytes(b"".join(parts))
    return path


def heard(path: Path) -> tuple[sounds.Samples, Decoded]:
    """All of the mix, and the report."""
    decoder = Decoder(path)
    mono = np.concatenate([block.mono for block in decoder.blocks()])
    return mono, decoder.report()[0]


@pytest.mark.parametrize("change", STATION)
def test_an_ogg_file_is_heard_beyond_where_it_changes(change: str, tmp_path: Path) -> None:
    parts = station(tmp_path, STATION[change])

    mono, report = heard(chain(tmp_path, *parts))

    assert report.seconds == pytest.approx(5 * len(parts), abs=0.1)
    assert (report.truncated, report.packet_errors, report.sample_rate) == (False, 0, 44_100)
    for second in range(5 * len(parts)):
        spectrum = np.abs(np.fft.rfft(mono[16_000 * second :][:16_000]))
        assert np.argmax(spectrum) == pytest.approx(440, abs=1)
        assert spectrum.max() > 2000


def test_what_is_damaged_in_a_chain_costs_only_itself(tmp_path: Path) -> None:
    first, second, third = station(tmp_path, STATION["another rate"] * 2)
    damaged = second[:20] + bytes(len(second) - 20)

    _, report = heard(chain(tmp_path, first, damaged, ogg.FIRST_PAGE * 2, third))

    assert report.seconds == pytest.approx(10, abs=0.1)


def test_a_file_that_begins_again_and_again_comes_to_an_end(tmp_path: Path) -> None:
    first, second = station(tmp_path, STATION["another rate"])
    for pages in (50, 50_000):
        path = chain(tmp_path, first, ogg.FIRST_PAGE * pages, second, ogg.FIRST_PAGE * pages)
        before = time.process_time()

        _, report = heard(path)

        assert time.process_time() - before < 10
        assert report.seconds > 4.9
        assert report.truncated


def test_short_jingles_of_two_rates_are_heard_one_after_the_other(tmp_path: Path) -> None:
    """The first is shorter than what is worth keeping of a file that holds nothing else."""
    parts = [
        sounds.write(tmp_path / f"{rate}.ogg", sounds.sine(440, 0.5, rate=rate), rate=rate).read_bytes()
        for rate in (44_100, 22_050)
    ]

    _, report = heard(chain(tmp_path, *parts * 40))

    assert report.seconds == pytest.approx(40, abs=1)
    assert (report.truncated, report.packet_errors) == (False, 0)
    assert heard(chain(tmp_path, *parts * 60))[1].truncated  # more than MOST_LINKS


def test_many_links_of_one_shape_are_no_lie_about_the_length(tmp_path: Path) -> None:
    """ffmpeg adds up time stamps that leave gaps between them."""
    part = sounds.write(tmp_path / "jingle.ogg", sounds.sine(440, 0.5)).read_bytes()

    _, report = heard(chain(tmp_path, *[part] * 100))

    assert report.seconds == pytest.approx(50, abs=1.5)
    assert not report.truncated


def test_a_first_page_is_found_wherever_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = chain(tmp_path, b"OggS\0\2", bytes(93), b"OggS\0\2", bytes(10))

    for size in range(6, 110):
        monkeypatch.setattr(ogg, "CHUNK", size)
        assert [ogg.next_link(path, behind) for behind in (0, 98, 99, 500)] == [99, 99, None, None]


@pytest.mark.parametrize(("kind", "one", "other"), TURNS)
def test_what_follows_in_other_channels_is_as_loud_as_what_came_before(
    kind: str, one: str, other: str, tmp_path: Path
) -> None:
    tone = sounds.sine(440, 6, rate=48_000, level=0.9)
    parts = [
        sounds.write(tmp_path / f"{shape}{kind}", np.outer(SHAPES[shape], tone), rate=48_000).read_bytes()
        for shape in (one, other)
    ]
    path = tmp_path / f"both{kind}"
    path.write_bytes(b"".join(parts))

    mono, report = heard(path)

    assert report.seconds == pytest.approx(12, abs=0.2)
    for start in (1, 8):  # whether channels are opposed is judged for a second or so at a time
        part = mono[start * RATE : (start + 3) * RATE]
        assert np.sqrt(np.mean(part**2)) == pytest.approx(0.9 / np.sqrt(2), rel=0.02)
        assert np.abs(part).max() < 0.93
