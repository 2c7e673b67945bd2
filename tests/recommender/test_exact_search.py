"""The exact search over the database: it follows what changes, and says when it cannot be."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog import intake
from recommender import asking, columns, index_versions, library, outbox
from recommender.errors import IndexUnavailable
from recommender.index.base import Filter
from recommender.models import IndexVersion
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

NOBODY = Filter()


@pytest.fixture(autouse=True)
def always_fresh(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "FRESH_SECONDS", -1.0)


def version() -> IndexVersion:
    found = index_versions.active()
    assert found is not None
    return found


def nearest(track_id: int, where: Filter = NOBODY) -> list[int]:
    vector = library.vectors(version(), [track_id])[track_id]
    [hits] = library.exact_search(version(), vector[None], 100, where)
    return hits.ids.tolist()


def test_it_follows_what_is_added_changed_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = a_library([90.0, 120.0, 150.0])
    assert nearest(one.pk)[0] == one.pk
    late = analysed(a_track("Late"), a_measurement(bpm=90.0, sound=0))
    assert late.pk in nearest(one.pk)
    intake.remove_track(two)
    assert two.pk not in nearest(one.pk)
    brought: list[int] = []
    attributes = index_versions.attributes_of
    monkeypatch.setattr(index_versions, "attributes_of", lambda ids: brought.extend(ids) or attributes(brought))
    owner = a_user()
    three.owner, three.visibility = owner, three.Visibility.PRIVATE
    three.save()
    outbox.touch([three.pk])
    assert three.pk not in nearest(one.pk)
    assert three.pk in nearest(one.pk, Filter(viewer_id=owner.pk))
    assert brought == [three.pk]  # nothing else was read again


def test_while_nothing_changes_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = a_library([90.0, 120.0])
    nearest(one.pk)
    read: list[str] = []
    columns_of = columns.whole_numbers
    monkeypatch.setattr(columns, "whole_numbers", lambda rows, *names: read.extend(names) or columns_of(rows, *names))
    assert nearest(one.pk)[0] == one.pk
    assert read == []
    outbox.forget(two.pk)  # and as many are left when another one comes
    three = analysed(a_track("Late"), a_measurement(bpm=90.0, sound=0))
    assert set(nearest(one.pk)) == {one.pk, three.pk}
    outbox.touch([three.pk])
    assert read.count("revision") == 1
    nearest(one.pk)
    assert read.count("revision") == 2


def test_within_a_few_seconds_nobody_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = a_library([90.0])
    monkeypatch.setattr(library, "FRESH_SECONDS", 1000.0)
    assert nearest(one.pk) == [one.pk]
    analysed(a_track("Late"), a_measurement())
    assert nearest(one.pk) == [one.pk]


def test_a_library_that_is_too_large_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    one, *_ = a_library([90.0, 120.0, 150.0])
    monkeypatch.setattr(library, "EXACT_LIMIT", 2)
    with pytest.raises(IndexUnavailable, match="3 tracks are too many"):
        nearest(one.pk)

    def down() -> None:
        raise IndexUnavailable("nobody there")

    monkeypatch.setattr(index_versions, "index", down)
    client.force_login(a_user())
    page = client.get(one.get_absolute_url())
    assert page.status_code == 200
    assert asking.INDEX_DOWN in page.content.decode()
    for address in ("/words/?q=calm+piano", f"/path/?from={one.pk}&to={one.pk + 1}", "/for-you/"):
        assert client.get(address).status_code == 200, address
