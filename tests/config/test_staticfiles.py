"""Stylesheets: one list, one file where static files are collected, one link on every page."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.staticfiles.management.commands.collectstatic import Command
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client
from django.urls import resolve
from PIL import Image
from pytest_django import Settings

from config import staticfiles
from config.staticfiles import SHEET_NAMES, ModuleManifestStorage
from tests.rows import a_user

STATIC = Path(configured.BASE_DIR, "static")
LINK = re.compile(r'<link rel="stylesheet" href="/static/([^"]+)">')
COLLECTED = r"css/segue\.[0-9a-f]{12}\.css"


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    """Where static files are collected, as on a site."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "config.staticfiles.ModuleManifestStorage"},
    }
    return tmp_path


@pytest.fixture
def collected(place: Path) -> Path:
    """The same, when it is done."""
    call_command(Command(), interactive=False, verbosity=0)
    return place


def test_every_stylesheet_is_listed_once_and_exists() -> None:
    assert sorted(SHEET_NAMES) == sorted(f"css/{path.name}" for path in (STATIC / "css").iterdir())


def test_a_stylesheet_can_lie_beside_others_in_one_file() -> None:
    for name in SHEET_NAMES:
        text = (STATIC / name).read_text(encoding="utf-8")
        assert not re.search(r"@import|@charset|@namespace", text), f"{name}: counts at the head of a file only"
        assert text.count("{") == text.count("}"), f"{name}: would swallow the next one"


def test_collected_they_are_one_file_in_their_order(collected: Path) -> None:
    (path,) = (collected / "css").glob("segue.*.css")
    joined, at = path.read_text(encoding="utf-8"), 0
    for name in SHEET_NAMES:
        (alone,) = (collected / "css").glob(f"{Path(name).stem}.{'[0-9a-f]' * 12}.css")
        at = joined.index(alone.read_text(encoding="utf-8"), at)  # raises where it is not, or stands too early
    assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()).decode() == joined
    for address in re.findall(r'url\("([^"]+)"\)', joined):
        assert re.search(r"\.[0-9a-f]{12}\.woff2$", address)
        assert (path.parent / address).exists()


def test_another_text_has_another_name(collected: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (before,) = (collected / "css").glob("segue.*.css")
    changed = FileSystemStorage(tmp_path_factory.mktemp("changed"))
    changed.save("css/print.css", ContentFile(b".page { color: var(--ink); }\n"))
    storage = ModuleManifestStorage()
    paths = {path.relative_to(STATIC).as_posix(): FileSystemStorage(STATIC) for path in STATIC.rglob("*.*")}
    list(storage.post_process({name: (kept, name) for name, kept in (paths | {"css/print.css": changed}).items()}))
    after = collected / storage.stored_name("css/segue.css")
    assert after.name != before.name
    assert after.read_bytes().endswith(b"\n.page { color: var(--ink); }\n")


def test_a_phone_finds_what_it_needs_to_install_the_site(collected: Path) -> None:
    (named,) = collected.glob("manifest.*.webmanifest")
    manifest = json.loads(named.read_text())
    assert manifest["start_url"] == manifest["scope"] == "/"
    for icon in manifest["icons"]:
        path = collected / icon["src"]  # beside the manifest, by a name that stays
        if icon["sizes"] != "any":
            with Image.open(path) as picture:
                assert "{}x{}".format(*picture.size) == icon["sizes"]
    for shortcut in manifest["shortcuts"]:
        assert resolve(shortcut["url"])


def test_a_listed_stylesheet_that_is_missing_stops_collecting(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staticfiles, "SHEET_NAMES", (*SHEET_NAMES, "css/moods.css"))
    with pytest.raises(ImproperlyConfigured, match=r"css/moods\.css"):
        call_command(Command(), interactive=False, verbosity=0)


@pytest.mark.django_db
def test_every_page_links_the_one_file(collected: Path) -> None:
    client, ada = Client(), a_user("ada", is_staff=True, is_superuser=True)
    pages = [client.get(address).content.decode() for address in ("/login/", "/nowhere/")]
    client.force_login(ada)
    addresses = ("/", "/tracks/", "/albums/", "/kinds/", "/words/?q=calm", "/map/", "/clip/", "/upload/", "/nowhere/")
    pages += [client.get(address).content.decode() for address in addresses]
    pages += [render_to_string(name) for name in ("400.html", "500.html")]
    for page in pages:
        (name,) = LINK.findall(page)
        assert re.fullmatch(COLLECTED, name)
        assert (collected / name).exists()


def test_not_collected_a_page_links_each_in_its_order() -> None:
    assert tuple(LINK.findall(render_to_string("500.html"))) == SHEET_NAMES


def test_no_template_links_a_stylesheet_of_its_own() -> None:
    templates = Path(configured.BASE_DIR, "templates").rglob("*.html")
    templates = (path for path in templates if "admin" not in path.parts)  # the desk is Django's own, in our colours
    assert [
        path.name for path in templates if "stylesheet" in path.read_text(encoding="utf-8").replace("stylesheets", "")
    ] == []
