"""What templates, scripts and their documentation promise each other."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.core.management import call_command
from pytest_django import Settings

from recommender.errors import Code
from recommender.templatetags import artwork
from recommender.templatetags.segue import clock, explained, key_name, lasting

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
SOURCES = {path: path.read_text(encoding="utf-8") for path in (*TEMPLATES, *SCRIPTS)}
EVENT = r"(?:track|player|queue|slider):[a-z]+"


@pytest.mark.parametrize("code", list(Code))
def test_every_error_is_put_into_words(code: Code) -> None:
    words = explained(code.value)
    assert words not in ("", explained("?"))
    assert ":" not in words  # it stands behind one


def test_every_icon_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'id="i-([a-z-]+)"', SOURCES[ROOT / "templates" / "parts" / "icons.html"]))
    used = set()
    for text in SOURCES.values():
        used |= set(re.findall(r'{% icon "([a-z-]+)"', text)) | set(re.findall(r'"#i-([a-z-]+)"', text))
    assert used == drawn


def test_templates_hold_nothing_inline() -> None:
    inline = re.compile(r"\sstyle=|\son[a-z]+=|<style|javascript:|<script(?![^>]*\ssrc=)")
    assert len(TEMPLATES) > 80
    assert {path.name: found[0] for path in TEMPLATES if (found := inline.search(SOURCES[path]))} == {}


def test_every_event_is_told_heard_and_documented() -> None:
    scripts = "".join(SOURCES[path] for path in SCRIPTS)
    named = {
        *re.findall(rf'"({EVENT})"', scripts),
        *(f"player:{name}" for name in ("toggle", "next", "previous", "mute")),
    }
    heard = set(re.findall(rf'hear\("({EVENT})"|addEventListener\("({EVENT})"', scripts))
    assert named == {one or other for one, other in heard}
    documented = set(re.findall(rf"`({EVENT})`", (ROOT / "docs" / "frontend.md").read_text(encoding="utf-8")))
    assert documented == named


def test_every_module_is_begun_by_a_page_or_by_an_element_or_imported() -> None:
    named = re.findall(
        r"""(?:src|data-module)="{% static 'js/([^']+)'|^import .* from "\./([^"]+)";$""",
        "\n".join(SOURCES.values()),
        re.M,
    )
    assert {one or other for one, other in named} == {path.name for path in SCRIPTS}


def test_modules_find_each_other_under_their_hashed_names(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "config.staticfiles.ModuleManifestStorage"},
    }
    call_command(Command(), interactive=False, verbosity=0)
    for path in (tmp_path / "js").glob("*.*.js"):
        for imported in re.findall(r'from "\./([^"]+)"', path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[a-z-]+\.[0-9a-f]{12}\.js", imported), f"{path.name} imports {imported}"
            assert (path.parent / imported).exists()


def test_a_drawn_cover_is_the_same_for_ever_and_differs_between_files() -> None:
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(60)]
    drawings = [artwork.drawing(digest) for digest in digests]
    assert drawings == [artwork.drawing(digest) for digest in digests]
    assert len(set(drawings)) == 60
    assert max(map(len, drawings)) < 2000  # it stands in every row of a list
    assert all(re.fullmatch(r"[\x20-\x7e]+", drawing) for drawing in drawings)
    assert not any("url(" in drawing or "style" in drawing or " id=" in drawing for drawing in drawings)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, ""), (0, "0:00"), (59.6, "1:00"), (225, "3:45"), (3723.2, "1:02:03")]
)
def test_durations_read_like_durations(seconds: float | None, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, ""), (4.0, "1 min"), (90.0, "2 min"), (3599.0, "1 h 0 min"), (7_500.0, "2 h 5 min"), (4e6, "1,111 h 7 min")],
)
def test_the_length_of_a_list_is_told_in_words(seconds: float, words: str) -> None:
    assert lasting(seconds).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("tonic", "mode", "shown"),
    [(9, "minor", "A minor"), (1, "minor", "C♯ minor"), (3, "major", "E♭ major"), (None, "", "")],
)
def test_keys_read_like_keys(tonic: int | None, mode: str, shown: str) -> None:
    assert key_name(tonic, mode) == shown
