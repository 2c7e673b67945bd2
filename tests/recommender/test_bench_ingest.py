"""The bench of ingestion: its yardsticks are right, its sums add up, and it leaves the site alone."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from catalog.models import Track
from recommender.bench import cells, ingest, yardsticks
from recommender.bench.plain_musicnn import PlainMusiCNN
from recommender.encoders.musicnn import MusiCNN
from recommender.encoders.weights import open_musicnn
from recommender.stopwatch import Stopwatch
from tests import sounds
from tests.recommender.reference_sound import reference_patches


@pytest.mark.slow
def test_the_plain_network_says_what_ours_says() -> None:
    weights, patches = open_musicnn(settings.MODELS_DIR), reference_patches()[:3]
    ours = MusiCNN(settings.MODELS_DIR).encode([patch[None].astype(np.float16) for patch in patches])
    rounded = patches.astype(np.float16).astype(np.float32)
    plain = np.hstack([PlainMusiCNN(weights, net).encode(rounded) for net in ("msd", "mtt")])
    np.testing.assert_allclose(plain, ours, atol=1e-4)


def test_decode_only_counts_every_second(tmp_path: Path) -> None:
    path = sounds.write(tmp_path / "noise.flac", sounds.noise(3.0))
    watch = Stopwatch()
    assert yardsticks.decode_only(path, watch) == pytest.approx(3.0, abs=0.01)
    assert watch.cpu["decode"] > 0
    assert "error" in yardsticks.measure(yardsticks.decode_only, tmp_path / "gone.flac")


def a_report(cpu: float, wall: float, **more: object) -> ingest.Report:
    found = {
        "tracks": 2,
        "audio_seconds": 480.0,
        "cpu_stages": {"decode": cpu},
        "wall_stages": {"decode": wall},
        "cpu_total": cpu,
        "wall": wall,
        **more,
    }
    return found | ingest.per_audio(found) | {"tracks_per_minute": 2 / wall * 60}


def test_figures_per_minute_per_track_and_as_ratios() -> None:
    one, two = a_report(4.0, 10.0), a_report(4.4, 6.0)
    assert (one["cpu_total_per_track"], one["cpu_total_per_minute"], one["cpu_240"]) == (2.0, 0.5, 2.0)
    assert (one["wall_per_track"], one["wall_per_minute"]) == ({"decode": 5.0}, {"decode": 1.25})
    naive = a_report(16.0, 16.0)
    naive["cpu_per_minute"]["second network"] = 0.5
    alone = {"1": a_report(2.0, 8.0), "2": a_report(2.0, 4.0)}
    runs = {"1": one, "2": two}
    found = ingest.ratios({"runs": runs, "cells_alone": alone, "naive": naive, "decode": a_report(0.8, 1.0)})
    assert found["naive_to_ours"] == pytest.approx(4.0)
    assert found["naive_with_one_network_to_ours"] == pytest.approx(3.0)
    assert found["ours_to_decode_only"] == pytest.approx(5.0)
    assert found["speed_up"] == {"1": 1.0, "2": pytest.approx(10 / 6)}
    assert found["of_decode_bound"] == {"1": pytest.approx(0.8), "2": pytest.approx(4 / 6)}
    assert "of_decode_bound" not in ingest.ratios({"runs": runs})


def test_cells_alone_hear_everything_and_encode_nothing(tmp_path: Path) -> None:
    song = sounds.write(tmp_path / "song.flac", sounds.song(8.0))
    jingle = sounds.write(tmp_path / "jingle.flac", sounds.noise(1.0))
    found = cells.measure([song, jingle, song], MusiCNN.windows, 2)
    assert (found["tracks"], found["left_out"]) == (2, {"too_short": 1})
    assert found["audio_seconds"] == pytest.approx(16, abs=0.1)
    assert {"decode", "mel", "tempo", "key", "loudness", "timbre", "rest"} <= found["cpu_stages"].keys()
    assert "encoder" not in found["cpu_stages"]
    assert sum(found["cpu_stages"].values()) == pytest.approx(found["cpu_total"])


def test_nothing_to_measure_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no sound file"):
        call_command("bench", "ingest", str(tmp_path))


@pytest.mark.slow
@pytest.mark.services
@pytest.mark.django_db
def test_real_workers_on_a_database_of_their_own(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for number in range(4):
        sounds.write(music / f"{number}.flac", sounds.song(8.0, bpm=90 + 9 * number, tonic=number))
    sounds.write(music / "jingle.flac", sounds.noise(1.0))
    (music / "nothing.flac").touch()
    out, said = tmp_path / "report.json", StringIO()
    call_command(
        "bench", "ingest", str(music), "--workers", "1,2", "--cells", "1", "--yardsticks", "1", "--json", str(out),
        stdout=said,
    )  # fmt: skip
    report = json.loads(out.read_text())
    assert [run["tracks"] for run in report["runs"].values()] == [4, 4]
    for run in report["runs"].values():
        assert set(ingest.STAGES) <= run["cpu_stages"].keys()
        assert set(ingest.STAGES) <= run["wall_per_minute"].keys()
        assert run["left_out"] == {"too_short": 1, "refused or twice there": 1}
        assert run["audio_seconds"] == pytest.approx(32, abs=0.5)
        assert run["worker_mib"] < 1024
        assert sum(run["cpu_stages"].values()) == pytest.approx(run["cpu_total"], rel=0.02)
    for count, alone in report["cells_alone"].items():
        assert (alone["tracks"], alone["left_out"]) == (4, {"too_short": 1})
        assert alone["audio_seconds"] == report["runs"][count]["audio_seconds"]
        assert 0 < alone["cpu_total"] < report["runs"][count]["cpu_total"]
        pace = report["runs"][count]["tracks_per_minute"] / alone["tracks_per_minute"]
        assert report["ratios"]["of_decode_bound"][count] == pytest.approx(pace)
    assert report["naive"]["cpu_total_per_minute"] > report["decode"]["cpu_total_per_minute"]
    assert "times as much" in said.getvalue()
    assert "of the pace of the cells alone" in said.getvalue()
    assert "left out: 1 too_short, 1 refused or twice there" in said.getvalue()
    assert not Track.objects.exists()
