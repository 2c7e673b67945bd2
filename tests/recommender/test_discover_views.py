"""Words, what is for you, blends, paths, DJ order, the map: pages whose address holds the question."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog import playlists
from catalog.models import Track
from recommender import drawing, index_versions, listening, outbox
from recommender.index.exact import ExactIndex
from recommender.models import Job, Listen
from recommender.questions.tastes import NO_TASTE
from recommender.views import steering
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

PART = {"HX-Request": "true", "HX-Target": "answer"}


@pytest.fixture
def library(db: None, index: ExactIndex) -> list[Track]:
    tracks = a_library([60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170], sounds=6)
    send()
    return tracks


def send() -> None:
    outbox.send(index_versions.ensure_current())


def rows(body: str) -> list[int]:
    return [int(found) for found in re.findall(r'<li class="track" data-track="(\d+)"', body)]


def body(site: Client, address: str, **headers: str) -> str:
    response = site.get(address, headers=headers)
    assert response.status_code == 200, response.content
    return html.unescape(response.content.decode())


def test_words_are_understood_named_or_asked_back(site: Client, library: list[Track]) -> None:
    page = body(site, f"{reverse('words')}?q=calm+piano,+no+drums,+under+100+bpm,+xyzzy")
    assert '<li class="chip chip--refused">no drums</li>' in page
    assert '<li class="chip">piano</li>' in page
    assert "up to 100 BPM" in page
    assert "Not understood: “xyzzy”" in page
    assert set(rows(page)) <= {track.pk for track in library[:5]}
    assert len(rows(page)) >= 4


def test_words_that_describe_nothing_may_be_in_a_name(site: Client, library: list[Track]) -> None:
    Track.objects.filter(pk=library[0].pk).update(title="Vivaldi, Winter", search="vivaldi winter")
    [there] = re.findall(r'href="([^"]*)">Titles, artists and albums', body(site, f"{reverse('words')}?q=vivaldi"))
    assert "Vivaldi, Winter" in body(site, there)
    assert "with these words" not in body(site, f"{reverse('words')}?q=calm,+xyzzy")


def test_without_words_there_are_examples(site: Client, library: list[Track]) -> None:
    page = body(site, reverse("words"))
    assert "?q=calm%20piano" in page
    assert rows(page) == []


def test_the_search_box_asks_words_as_well(site: Client, library: list[Track]) -> None:
    for headers in ({}, {"HX-Request": "true", "HX-Target": "found"}):
        assert "/words/?q=calm%20piano" in body(site, f"{reverse('search')}?q=calm+piano", **headers)


def test_a_part_of_a_page_says_its_address(site: Client, library: list[Track]) -> None:
    response = site.get(f"{reverse('words')}?q=piano&variety=0.5&bpm_min=&year_min=later", headers=PART)
    assert "<html" not in response.content.decode()
    assert response["HX-Replace-Url"] == "/words/?q=piano&variety=0.5"
    assert "HX-Request" in response["Vary"]


def test_for_you_follows_likes_and_offers_nothing_known(site: Client, ada: User, library: list[Track]) -> None:
    listening.toggle_like(ada, library[0])
    page = body(site, f"{reverse('for-you')}?boldness=0&sound=1&mood=0&tempo=0&key=0")
    assert library[0].pk not in rows(page)
    assert rows(page)[0] == library[6].pk  # the same sound


def test_home_asks_for_the_slow_part_separately(site: Client, ada: User, library: list[Track]) -> None:
    home = body(site, "/")
    assert reverse("yours") in home
    assert NO_TASTE in home  # where it will stand in the part that is still to come
    listening.toggle_like(ada, library[0])
    assert NO_TASTE not in body(site, "/")
    shelf = body(site, reverse("yours"))
    assert reverse("mix", args=[1]) in shelf
    mix = body(site, reverse("mix", args=[1]))
    assert library[0].pk in rows(mix)
    assert "data-play-list" in mix
    assert site.get(reverse("mix", args=[99])).status_code == 404


def test_an_empty_library_offers_no_shelf(site: Client) -> None:
    assert reverse("yours") not in body(site, "/")
    for name in ("words", "for-you", "blend", "path", "map", "yours"):
        assert site.get(reverse(name)).status_code == 200


def test_a_blend_is_near_its_parts_and_every_row_steers_it(site: Client, library: list[Track]) -> None:
    first, second, unlike = library[0], library[1], library[2]
    address = f"{reverse('blend')}?track={first.pk}&track={second.pk}&minus={unlike.pk}&sound=1&mood=0&tempo=0&key=0"
    page = body(site, address)
    found = rows(page)
    assert set(found[:2]) == {library[6].pk, library[7].pk}
    assert not {first.pk, second.pk, unlike.pk} & set(found)
    links = re.findall(r'href="(/blend/\?[^"]+)"', page)
    more = next(link for link in links if link.endswith(f"track={found[0]}"))
    steered = body(site, more)
    assert found[0] not in rows(steered)
    assert f"Remove {Track.objects.get(pk=found[0]).title}" in steered


def test_tracks_for_a_blend_are_found_by_name(site: Client, library: list[Track]) -> None:
    page = body(
        site, f"{reverse('blend')}?track={library[0].pk}&find=piece+5", **{"HX-Request": "1", "HX-Target": "picked"}
    )
    assert f"minus={library[5].pk}" in page
    assert rows(page) == []


def test_a_blend_offers_what_was_heard_last_or_else_what_is_new(site: Client, ada: User, library: list[Track]) -> None:
    hidden = analysed(a_track("Secret", owner=a_user("eve"), private=True), a_measurement())
    offered = re.findall(r"&track=(\d+)", body(site, reverse("blend")))
    assert offered == [str(track.pk) for track in reversed(library)][:5]
    for track in (library[3], hidden):
        listening.note(ada, track, Listen.Kind.PLAYED)
    assert re.findall(r"&track=(\d+)", body(site, reverse("blend"))) == [str(library[3].pk)]


def test_a_path_leads_from_one_end_to_the_other(site: Client, library: list[Track]) -> None:
    address = f"{reverse('path')}?from={library[0].pk}&to={library[11].pk}&steps=5&along=tempo&curve=straight"
    found = rows(body(site, address))
    assert (found[0], found[-1], len(found)) == (library[0].pk, library[11].pk, 5)
    nonsense = rows(body(site, f"{reverse('path')}?from={library[0].pk}&to={library[11].pk}&steps=many&along=x"))
    assert len(nonsense) == 10


def test_a_dj_orders_a_queue_and_ones_own_playlist(site: Client, ada: User, library: list[Track]) -> None:
    shuffled = [library[number] for number in (5, 0, 4, 1)]
    page = body(site, f"{reverse('dj')}?ids={','.join(str(track.pk) for track in shuffled)}")
    assert sorted(rows(page)) == sorted(track.pk for track in shuffled)
    assert "First track" in page
    assert f'value="tracks:{",".join(str(track.pk) for track in shuffled)}"' in page
    mine = playlists.create(ada, "Mine", shuffled)
    theirs = playlists.create(a_user("eve"), "Theirs", shuffled)
    page = body(site, f"{reverse('dj')}?playlist={mine.pk}")
    assert len(rows(page)) == 4
    assert f'value="playlist:{mine.pk}"' in page
    assert site.get(f"{reverse('dj')}?playlist={theirs.pk}").status_code == 404
    assert site.get(f"{reverse('dj')}?playlist=x").status_code == 400
    assert "Only the first" not in page
    choice = body(site, reverse("dj"))
    assert f'href="?playlist={mine.pk}"' in choice
    assert "Theirs" not in choice
    assert site.get(f"{reverse('dj')}?ids=").status_code == 400


def test_whole_lists_can_be_kept_under_a_name_that_says_what_they_are(
    site: Client, ada: User, library: list[Track]
) -> None:
    first, last = library[0], library[5]
    mine = playlists.create(ada, "Mine", library[:4])
    pages = {
        f"{reverse('words')}?q=calm+piano": "calm piano",
        f"{reverse('blend')}?track={first.pk}": f"Like {first.title}",
        f"{reverse('path')}?from={first.pk}&to={last.pk}": f"{first.title} to {last.title}",
        f"{reverse('dj')}?playlist={mine.pk}": "Mine, DJ order",
        reverse("for-you"): "For you",
        mine.get_absolute_url(): "Mine",
        first.artist.get_absolute_url(): str(first.artist),
    }
    for address, name in pages.items():
        page = body(site, address)
        ids = re.search(r'data-whole="([\d,]+)"', page)
        assert ids, address
        assert [int(one) for one in ids[1].split(",")] == rows(page), address
        assert f'name="title" id="whole-title" value="{name}"' in page, address
        site.post(reverse("playlist-keep"), {"ids": ids[1], "title": name})
        kept = playlists.of(ada).first()
        assert kept is not None
        assert [entry.track_id for entry in playlists.entries(kept, ada)] == rows(page), address
    assert "data-whole" not in body(site, f"{reverse('words')}?q=zzzz")


def test_a_dj_says_what_is_not_known_of_a_track(site: Client, library: list[Track]) -> None:
    beatless = analysed(a_track("Fog"), a_measurement(bpm=None, tonic=None, sound=1))
    send()
    page = body(site, f"{reverse('dj')}?ids={library[0].pk},{beatless.pk}")
    assert "key unknown · no beat to match · " in page
    page = body(site, f"{reverse('dj')}?ids={library[0].pk},{library[6].pk}")  # 60 and 120 BPM
    assert re.search("same tempo in (half|double) time · (smooth|noticeable|a hard cut)<", page)
    page = body(site, f"{reverse('dj')}?ids={','.join(str(library[at].pk) for at in (0, 11, 1, 10, 2))}")
    assert re.search("transitions are [1-9][0-9]? % smoother", page)


def test_of_a_long_playlist_the_beginning_is_put_in_order(
    site: Client, ada: User, library: list[Track], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering, "LONGEST_SET", 3)
    long = playlists.create(ada, "Long", library[:5])
    page = body(site, f"{reverse('dj')}?playlist={long.pk}")
    assert sorted(rows(page)) == sorted(track.pk for track in library[:3])
    assert "Only the first 3 tracks of the playlist" in page


def test_private_tracks_of_others_do_not_exist(site: Client, library: list[Track]) -> None:
    eve = a_user("eve")
    hidden = analysed(a_track("Secret", owner=eve, private=True), a_measurement(bpm=61, sound=0))
    send()
    near = library[0].pk
    pages = [
        f"{reverse('blend')}?track={near}&track={hidden.pk}",
        f"{reverse('blend')}?track={near}&find=secret",
        f"{reverse('path')}?from={hidden.pk}&to={near}",
        f"{reverse('dj')}?ids={hidden.pk},{near}",
        f"{reverse('words')}?q=piano",
        reverse("for-you"),
    ]
    for address in pages:
        assert "Secret" not in body(site, address), address
    assert site.post(reverse("less", args=[hidden.pk])).status_code == 404


def test_less_like_this_is_an_opinion(site: Client, ada: User, library: list[Track]) -> None:
    assert site.post(reverse("less", args=[library[3].pk])).status_code == 303
    said = site.post(reverse("less", args=[library[4].pk]), headers={"HX-Request": "true"}).content.decode()
    assert library[4].title in said
    kinds = Listen.objects.filter(user=ada).values_list("track_id", "kind")
    assert set(kinds) == {(library[3].pk, Listen.Kind.LESS), (library[4].pk, Listen.Kind.LESS)}


def test_who_may_hear_nothing_is_shown_no_empty_map(site: Client, library: list[Track]) -> None:
    drawing.draw()
    assert "data-map=" in body(site, reverse("map"))
    Track.objects.update(visibility="private", owner=a_user("somebody-else"))
    page = body(site, reverse("map"))
    assert "data-map=" not in page
    assert "The map appears once" in page


def test_the_map_is_drawn_by_a_worker_and_asked_for_by_curators(site: Client, library: list[Track]) -> None:
    assert site.post(reverse("map-drawing")).status_code == 403
    desk = Client()
    desk.force_login(a_user("clio", is_staff=True))
    assert "Draw the map" in body(desk, reverse("map"))
    assert desk.post(reverse("map-drawing")).status_code == 302
    assert Job.objects.get().kind == Job.Kind.MAP
    waiting = desk.get(reverse("map-drawing"), headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="load delay:1s"' in waiting
    drawing.draw()
    assert "data-map=" in body(site, reverse("map"))
    response = site.get(reverse("map-points"))
    assert response.content[:4] == b"SEGM"
    assert len(response.content) == 12 + 9 * len(library)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/for-you/", ""),
        ("/for-you/?boldness=0.3&sound=nonsense&bpm_min=none", ""),
        ("/for-you/?boldness=0.8&key=0.5&fresh=30", "Key 50 % · Discovery 80 % · Not played for a month"),
        ("/for-you/?fresh=7&style=Jazz&bpm_max=120", "BPM to 120 · Not played for a week · Style jazz"),
        ("/words/?q=calm&variety=0.5", "Variety 50 %"),
    ],
)
def test_the_summary_of_the_sliders_says_what_deviates(
    site: Client, library: list[Track], address: str, said: str
) -> None:
    assert re.findall(r'id="tuned">([^<]*)<', body(site, address).replace("\N{NO-BREAK SPACE}", " ")) == [said]


def test_a_preset_is_said_by_its_name_and_a_curve_in_words(site: Client, library: list[Track]) -> None:
    ends = f"from={library[0].pk}&to={library[3].pk}"
    dj = f"/path/?{ends}&sound=0.3&mood=0&tempo=1&key=0.8&along=arousal&curve=valley"
    assert 'id="tuned">DJ · Energy: down, then back up<' in body(site, dj)
    assert 'id="tuned"><' in body(site, f"/path/?{ends}&curve=valley")
    assert 'id="tuned"><' in body(site, f"/tracks/{library[0].pk}/")  # its variety begins at 0
    assert 'id="tuned">Variety 20\N{NO-BREAK SPACE}%<' in body(site, f"/tracks/{library[0].pk}/?variety=0.2", **PART)
