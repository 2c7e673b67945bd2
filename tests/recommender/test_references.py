"""A library fitted on itself: an index version beside the one that answers, and what follows when it takes over."""

from __future__ import annotations

import dataclasses
from io import BytesIO, StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from catalog.models import Track
from recommender import index_versions, lenses, library, outbox, query, questions, references, results, words
from recommender.facets import fitting, mood, reference
from recommender.index.exact import ExactIndex
from recommender.measurement import FloatArray
from recommender.models import FittedReference, IndexVersion, Measurement
from recommender.questions import Asker
from tests.recommender.fitted import SIZE, a_large_library, complete, renewed, the_active
from tests.rows import a_measurement, a_track, a_user, all_analysed, analysed

pytestmark = pytest.mark.django_db
State = IndexVersion.State
EVEN = {"sound": 0.6, "mood": 0.2, "tempo": 0.3}


def vector(version: IndexVersion, track_id: int) -> FloatArray:
    return library.vectors(version, [track_id])[track_id]


def listed() -> str:
    out = StringIO()
    call_command("index_versions", stdout=out)
    return out.getvalue()


def test_it_is_filled_beside_the_one_that_answers_and_takes_over(index: ExactIndex) -> None:
    first = a_large_library(fitting.FEWEST)[0].pk  # the fewest that the site asks for
    old, new = the_active(), renewed()
    assert (new.state, the_active()) == (State.BUILDING, old)
    assert "mine-1" in listed()
    assert new.fingerprint != old.fingerprint
    complete()
    assert the_active() == new
    old.refresh_from_db()
    assert old.state == State.READY
    measured = results.load([first], "musicnn")[first]
    assert np.allclose(vector(new, first), query.vector(measured, lenses.statistics_of(new)))
    assert not np.allclose(vector(new, first), vector(old, first))


def test_new_tracks_go_into_every_version_each_as_it_sees_them(a_large_library: list[int]) -> None:
    old, new = the_active(), renewed()
    complete()
    track = analysed(a_track("Late"), a_measurement(sound=SIZE + 1))
    assert not np.allclose(vector(new, track.pk), vector(old, track.pk))
    with pytest.raises(CommandError, match="1 still to send"):
        call_command("index_versions", activate=old.collection)
    complete()
    call_command("index_versions", activate=old.collection, stdout=StringIO())
    assert the_active() == old
    complete()
    assert the_active() == old  # nobody leads forward again but a person


def test_moods_are_said_as_the_version_that_answers_sees_them(a_large_library: list[int]) -> None:
    def stored() -> list[dict[str, float]]:
        rows = Measurement.objects.in_bulk(a_large_library, field_name="track_id")
        return [rows[pk].moods for pk in a_large_library]

    before, old = stored(), the_active()
    new = renewed()
    complete()
    after = stored()
    assert before != after
    # By the library's own percentiles calm is spread evenly over the library.
    assert np.mean([moods["calm"] for moods in after]) == pytest.approx(0.5, abs=0.02)
    known = results.load(a_large_library[:1], "musicnn")[a_large_library[0]]
    assert after[0] == results.rounded(mood.axes(known, lenses.statistics_of(new)))
    index_versions.activate(old)
    assert outbox.waits() or index_versions.unfinished()
    complete()
    assert stored() == before


def test_words_and_badges_follow_the_version_that_answers(a_large_library: list[int]) -> None:
    def piano() -> FloatArray:
        usual = lenses.statistics_of(index_versions.active())
        return words.lexicon().read("piano", usual).terms[0].directions["sound"]

    shipped = piano()
    renewed()
    assert np.array_equal(piano(), shipped)
    complete()
    assert not np.allclose(piano(), shipped)
    assert piano().shape == shipped.shape


def test_what_is_private_shapes_nothing(index: ExactIndex) -> None:
    owner = a_user()
    all_analysed(
        (a_track(f"Mine {number}", owner=owner, private=True, artist=""), a_measurement(sound=number))
        for number in range(fitting.FEWEST)
    )
    with pytest.raises(references.NotFitted, match="only public tracks"):
        references.fit("mine-1")


def test_no_artist_shapes_it_alone(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "MOST_OF_ARTIST", 2)
    monkeypatch.setattr(fitting, "FEWEST", 10)
    all_analysed(
        (a_track(f"Piece {number}", artist=f"Artist {number % 4}"), a_measurement(sound=number)) for number in range(20)
    )
    with pytest.raises(references.NotFitted, match="8 tracks are too few"):
        references.fit("mine-1")


def test_an_upgrade_of_the_facets_goes_back_to_what_is_shipped(
    a_large_library: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed()
    complete()
    fitted = the_active().reference
    assert references.followed(the_active()) == fitted
    older = dataclasses.replace(lenses.statistics_of(the_active()), facet_versions={"sound": "0"})
    monkeypatch.setattr(lenses, "statistics_of", lambda _version: older)
    assert references.followed(the_active()) is None


def test_statistics_of_an_older_shape_give_way_to_the_shipped_ones(
    a_large_library: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    renewed()
    complete()
    version = the_active()
    with np.load(BytesIO(reference.write(lenses.statistics_of(version)))) as data:
        fewer = {name: data[name] for name in data if not name.startswith(("timbre", "loudness"))}
    file = BytesIO()
    np.savez(file, **fewer)
    with pytest.raises(reference.Outdated, match=r"lack timbre_mean, .*loudness: run `manage.py fit_reference` again"):
        reference.read(file.getvalue())
    FittedReference.objects.update(statistics=file.getvalue())
    lenses._read.cache_clear()
    assert lenses.statistics_of(version) is reference.shipped()
    assert "the shipped statistics serve instead" in caplog.text
    assert references.followed(version) is None
    assert index_versions.ensure_current().reference is None
    complete()
    assert questions.similar(Track.objects.get(pk=a_large_library[0]), EVEN, Asker.of(a_user()), k=5).results


def test_statistics_with_other_components_are_not_read() -> None:
    shorter = dataclasses.replace(reference.shipped(), components=reference.shipped().components[:, :64])
    with pytest.raises(reference.Outdated, match=r"\(64, 48\) components"):
        reference.read(reference.write(shorter))


def test_commands_say_what_is_wrong(index: ExactIndex) -> None:
    for arguments, message in (
        ({"from_library": True, "name": "two words"}, "is no name"),
        ({"from_library": True, "name": reference.shipped().version}, "exist already"),
        ({"from_library": True, "name": "mine-1"}, "0 tracks are too few"),
        ({"name": "mine-1"}, "name folders of music, or say --from-library"),
    ):
        with pytest.raises(CommandError, match=message):
            call_command("fit_reference", **arguments)
    assert not FittedReference.objects.exists()
    analysed(a_track(), a_measurement())
    with pytest.raises(CommandError, match="there are: tracks_1_"):
        call_command("index_versions", activate="tracks_9")
    with pytest.raises(CommandError, match="activate another version first"):
        call_command("index_versions", retire=the_active().collection)


def test_a_version_that_is_not_needed_any_more_is_dropped(a_large_library: list[int]) -> None:
    old = the_active()
    renewed()
    complete()
    call_command("index_versions", retire=old.collection, stdout=StringIO())
    assert old.collection not in listed()
    assert not outbox.waits()
    assert not index_versions.unfinished()
