"""Every question to a small library, by the shipped statistics and by its own: the answers that stand in answers.jsonl.

What changes an answer on purpose deletes the file, runs this test twice, and shows the difference in its commit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Track
from recommender import clips, drawing, index_versions, library, listening, outbox, questions, references
from recommender.facets import fitting
from recommender.index.exact import ExactIndex
from recommender.models import Clip, Job, Listen
from recommender.questions import Along, Asker, Course, Curve, Filters, Result, opinions
from tests.rows import a_measurement, a_track, all_analysed

KEPT = Path(__file__).parent / "answers.jsonl"
PERCENT = re.compile(r"\d+(?=\xa0%)")
SIZE = 48
DIGITS = 6
DAY = date(2026, 3, 1)
BEFORE, NOW = datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)
EVEN = {"sound": 0.6, "mood": 0.3, "tempo": 0.4, "key": 0.1}
TEXTS = ("calm piano", "fast, no drums", "A minor", "90 bpm", "slow", "under 100 bpm", "quokka")

Told = dict[str, Any]


@pytest.fixture
def viewer(db: None) -> User:
    """Of a fixed number: what is drawn by chance hangs on it."""
    return User.objects.create_user("ada", pk=7_000)


@pytest.fixture(params=["shipped", "own"])
def music(
    request: pytest.FixtureRequest, viewer: User, index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, list[Track]]:
    """Tracks no two of which are alike, of two tastes that the listener has, and whose statistics see them."""
    monkeypatch.setattr(fitting, "FEWEST", SIZE)
    monkeypatch.setattr(opinions, "timezone", SimpleNamespace(now=lambda: NOW))  # what was liked fades by the second
    tracks = all_analysed(
        (
            a_track(f"Piece {number}", artist=f"Artist {number % 17}", genre="Jazz" if number % 8 == 3 else "Folk"),
            a_measurement(
                bpm=None if number % 11 == 5 else 66.0 + 2.1 * number,
                tonic=None if number % 13 == 7 else number % 12,
                mode="minor" if number % 3 else "major",
                sound=number,
            ),
        )
        for number in range(SIZE)
    )
    if request.param == "own":
        index_versions.build(reference=references.fit("mine-1"))
    while index_versions.unfinished() or outbox.waits():
        for version in index_versions.live():
            while outbox.send(version):
                pass
        while index_versions.advance() or index_versions.follow_moods():
            pass
    library.forget()
    for track in (*tracks[2:9], *tracks[30:35]):
        listening.note(viewer, track, Listen.Kind.LIKED)
    Listen.objects.update(at=BEFORE)
    return request.param, tracks


def told(results: Iterable[Result]) -> list[Told]:
    return [
        {
            "track": one.track.title,
            "score": round(one.score, DIGITS),
            "said": one.summary,
            "why": {reason.label: [round(reason.percentile, DIGITS), reason.text] for reason in one.reasons},
        }
        for one in results
    ]


def a_heard_clip(owner: User) -> Clip:
    job = Job.objects.create(kind=Job.Kind.CLIP, asked_by=owner, state=Job.State.DONE)
    clip = Clip.objects.create(
        job=job, owner=owner, name="Humming", file="none", expires_at=datetime.max.replace(tzinfo=UTC)
    )
    clips.finish(clip, a_measurement(bpm=100.0, sound=3, seconds=9.0), "musicnn")
    clip.refresh_from_db()
    return clip


def questions_of_tracks(asker: Asker, tracks: list[Track]) -> Mapping[str, Callable[[], Any]]:
    styled = Filters(style="piano", bpm=(80.0, 150.0))
    bent = Course(Along.TEMPO, Curve.ARCH), Course(Along.AROUSAL, Curve.VALLEY)
    return {
        "similar": lambda: told(questions.similar(tracks[0], EVEN, asker, k=8).results),
        "by mood, varied": lambda: told(questions.similar(tracks[9], {"mood": 1.0}, asker, k=8, variety=0.5).results),
        "blend": lambda: told(questions.blend(tracks[3:6], tracks[20:22], EVEN, asker, k=8).results),
        "blend, style": lambda: told(questions.blend(tracks[3:5], [], EVEN, asker, styled, k=8).results),
        "clip": lambda: told(questions.clip(a_heard_clip(asker.viewer), EVEN, asker, k=8).results),
        "more for a list": lambda: told(questions.extend_playlist(tracks[10:18], EVEN, asker, k=8).results),
        "path": lambda: ways(questions.path(tracks[0], tracks[40], 7, EVEN, asker)),
        **{
            f"path along {course.along}": lambda course=course: ways(
                questions.path(tracks[0], tracks[40], 7, EVEN, asker, course=course)
            )
            for course in bent
        },
        "dj": lambda: [[step.track.title, step.camelot] for step in questions.dj_order(tracks[:12], asker).steps],
    }


def ways(answer: questions.PathAnswer) -> list[Any]:
    return [[round(step.progress, DIGITS), round(step.distance, DIGITS), *told([step.result])] for step in answer.steps]


def questions_of_words(asker: Asker) -> Mapping[str, Callable[[], Any]]:
    def asked(text: str) -> Any:
        found = questions.words(text, asker, k=6)
        return [
            [term.meaning for term in found.terms],
            [each.word for each in found.unknown],
            told(found.answer.results),
        ]

    return {text: lambda text=text: asked(text) for text in TEXTS}


def questions_of_tastes(asker: Asker) -> Mapping[str, Callable[[], Any]]:
    def radio(address: str) -> Any:
        start = questions.start_from(address, asker, "00")
        assert start is not None
        return told(questions.radio("00", start, EVEN, asker, k=6).results)

    return {
        "radio of words": lambda: radio("words:calm strings"),
        "radio of a genre": lambda: radio("genre:Jazz"),
        "for you": lambda: told(questions.for_you(asker, EVEN, boldness=0.2, day=DAY, k=10).results),
        "mixes": lambda: [[mix.name, told(mix.results)] for mix in questions.mixes(asker, EVEN, day=DAY, opened=1)],
    }


def pages(viewer: User, tracks: list[Track]) -> Mapping[str, Callable[[], Any]]:
    def badges(address: str) -> Any:
        client = Client()
        client.force_login(viewer)
        context = client.get(address).context
        return [context["badges"], context.get("moods", []), context.get("tags", [])]

    return {
        "badges of a track": lambda: badges(tracks[5].get_absolute_url()),
        "badges of a clip": lambda: badges(f"/clip/{a_heard_clip(viewer).pk}/"),
        "names on the map": lambda: sorted(region["name"] for region in drawing.draw().regions),
    }


def apart(found: Any) -> tuple[Any, list[float], list[int]]:
    """Words, whole numbers and their order, which are exact; what differs in its last digits between processors, and
    whole percents that were rounded from such."""
    numbers: list[float] = []
    percents: list[int] = []

    def exact(one: Any) -> Any:
        if isinstance(one, float):
            numbers.append(one)
            return "number"
        if isinstance(one, str):
            percents.extend(int(share) for share in PERCENT.findall(one))
            return PERCENT.sub("some", one)
        if isinstance(one, dict):
            return {key: exact(value) for key, value in one.items()}
        return [exact(each) for each in one] if isinstance(one, list | tuple) else one

    return exact(found), numbers, percents


def kept_answers() -> dict[str, dict[str, list[Any]]]:
    """Statistics -> question -> answer, of which each line of the file has a part."""
    found: dict[str, dict[str, list[Any]]] = {}
    for line in KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else ():
        seen_by, name, part = json.loads(line)
        found.setdefault(seen_by, {}).setdefault(name, []).append(part)
    return found


def keep(seen_by: str, found: Mapping[str, list[Any]]) -> None:
    with KEPT.open("a", encoding="utf-8") as file:
        for name, answer in found.items():
            for part in answer:
                file.write(json.dumps([seen_by, name, part], ensure_ascii=False) + "\n")


def test_answers_are_those_that_were_given_before(viewer: User, music: tuple[str, list[Track]]) -> None:
    seen_by, tracks = music
    asker = Asker.of(viewer)
    asked = {
        **questions_of_tracks(asker, tracks),
        **questions_of_words(asker),
        **questions_of_tastes(asker),
        **pages(viewer, tracks),
    }
    found = {name: ask() for name, ask in asked.items()}
    kept = kept_answers().get(seen_by)
    if kept is None:
        keep(seen_by, found)
        pytest.fail(f"{KEPT.name} had no answers by the {seen_by} statistics: look at what was written there")
    assert kept.keys() == found.keys()
    for name, answer in found.items():
        words, numbers, percents = apart(answer)
        known_words, known_numbers, known_percents = apart(kept[name])
        assert words == known_words, name
        assert numbers == pytest.approx(known_numbers, abs=2e-3), name
        assert percents == pytest.approx(known_percents, abs=1), name
