"""Another index version may be asked, or dropped, from the desk."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from recommender import index_versions, outbox
from recommender.errors import IndexUnavailable
from recommender.index.exact import ExactIndex
from recommender.models import IndexVersion
from tests.rows import a_library, a_user

pytestmark = pytest.mark.django_db
State = IndexVersion.State
PAGE = "admin:recommender_indexversion_changelist"


@pytest.fixture
def versions(index: ExactIndex) -> tuple[IndexVersion, IndexVersion]:
    """The one that answers, and one that is not filled."""
    a_library([60.0, 90.0])
    active = index_versions.active()
    assert active is not None
    outbox.send(active)
    return active, index_versions.build()


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(a_user("root", is_staff=True, is_superuser=True))
    return client


def act(client: Client, action: str, *versions: IndexVersion, confirmed: bool = True) -> str:
    values = {"action": action, "_selected_action": [version.pk for version in versions]}
    answer = client.post(reverse(PAGE), values | ({"confirmed": "1"} if confirmed else {}), follow=True)
    return answer.content.decode()


def state(version: IndexVersion) -> str:
    return IndexVersion.objects.get(pk=version.pk).state


def test_nothing_happens_before_it_is_confirmed(root: Client, versions: tuple[IndexVersion, IndexVersion]) -> None:
    page = act(root, "retire", versions[1], confirmed=False)
    assert "it cannot be brought back" in page
    assert state(versions[1]) == State.BUILDING


def test_a_version_that_lacks_tracks_does_not_answer(root: Client, versions: tuple[IndexVersion, IndexVersion]) -> None:
    assert "lacks 2 analysed tracks" in act(root, "activate", versions[1])
    assert state(versions[0]) == State.ACTIVE


def test_a_complete_version_answers(root: Client, versions: tuple[IndexVersion, IndexVersion]) -> None:
    index_versions.fill(versions[1])
    outbox.send(versions[1])
    assert "answers all searches from now on" in act(root, "activate", versions[1])
    assert [state(version) for version in versions] == [State.READY, State.ACTIVE]


def test_a_version_is_retired_but_not_the_one_that_answers(
    root: Client, versions: tuple[IndexVersion, IndexVersion]
) -> None:
    assert "is the one that answers" in act(root, "retire", versions[0])
    assert "is retired" in act(root, "retire", versions[1])
    assert [state(version) for version in versions] == [State.ACTIVE, State.RETIRED]
    assert "has already been retired" in act(root, "activate", versions[1])


def test_one_at_a_time(root: Client, versions: tuple[IndexVersion, IndexVersion]) -> None:
    assert "Choose one version" in act(root, "retire", *versions)


def test_an_index_that_is_down_is_named(
    root: Client, versions: tuple[IndexVersion, IndexVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> ExactIndex:
        raise IndexUnavailable("nobody listens")

    monkeypatch.setattr(index_versions, "index", down)
    assert "is not answering" in act(root, "retire", versions[1])
    assert state(versions[1]) == State.BUILDING


def test_curators_may_look_and_not_switch(versions: tuple[IndexVersion, IndexVersion]) -> None:
    curator = a_user("curator", is_staff=True)
    curator.groups.add(Group.objects.get(name="Curators"))
    client = Client()
    client.force_login(curator)
    act(client, "retire", versions[1])
    assert state(versions[1]) == State.BUILDING
