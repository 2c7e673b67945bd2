"""Scripts, templates and stylesheets hold together by names: what one looks for, another one writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import django_htmx
import pytest

from tests import contract, javascript
from tests.contract import Names, Site
from tests.sources import ROOT, folder

HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.js"
# Made of Django's own templates and their names.
ELSEWHERE = ("admin/",)
FORM_FIELDS = "id_*"  # ids that Django makes
OTHERS = ("errorlist", "htmx-request")  # classes that Django and htmx write


def site() -> Site:
    server = {
        place: text
        for pattern in ("*/templatetags/*.py", "*/views/*.py", "*/views.py", "*/requests.py")
        for place, text in folder(ROOT, pattern).items()
    }
    pages = folder(ROOT / "templates", "**/*")
    return Site(
        scripts=folder(ROOT / "static" / "js", "*.js"),
        templates={place: text for place, text in pages.items() if not place.startswith(ELSEWHERE)},
        sheets=folder(ROOT / "static" / "css", "*.css"),
        server=server,
        forms=folder(ROOT, "*/forms.py") | folder(ROOT, "*/views/*.py"),
        tests=folder(ROOT / "tests" / "browser", "*.py"),
    )


def lost(wanted: Names, *homes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names that are used and that no home has, with the files that use them."""
    there = {name for home in homes for name in home}
    for name, places in sorted(wanted.items()):
        if name not in there and not contract.known(name, there):
            yield name, ", ".join(sorted(places))


def problems(site: Site) -> Iterator[str]:
    """Every name that has lost its other half, as a sentence."""
    yield from _hooks(site)
    yield from _ids(site)
    yield from _fields(site)
    yield from _classes(site)
    yield from _events(site)


def _hooks(site: Site) -> Iterator[str]:
    made = {**site.templates, **site.server}
    written, put = contract.hooks_written(made), contract.hooks_set(site.scripts)
    read, styled = contract.hooks_read(site.scripts), contract.styled(site.sheets, r"\[(data-[a-z-]+)")
    tested = contract.hooks_read(site.tests)
    for name, places in lost(read | styled, written, put):
        yield f"{places}: nothing writes {name}"
    for name, places in lost(written, read, styled):
        yield f"{places}: nothing reads {name}"
    for name, places in lost(put, read, styled, tested):
        yield f"{places}: nothing reads {name}"
    for name, places in lost(contract.values_sought(site.scripts), contract.values_written(made)):
        yield f"{places}: nothing writes {name}"


def _ids(site: Site) -> Iterator[str]:
    written = contract.ids_written({**site.templates, **site.server})
    for name, places in lost(contract.ids_read(site.scripts) | contract.ids_answered(site.server), written):
        yield f"{places}: nothing has the id {name}"
    for name, places in lost(contract.ids_referred(site.templates), written, [FORM_FIELDS]):
        yield f"{places}: nothing has the id {name}"


def _fields(site: Site) -> Iterator[str]:
    for name, places in lost(contract.fields_read(site.scripts), contract.fields_written(site.templates, site.forms)):
        yield f"{places}: no form has the field {name}"


def _classes(site: Site) -> Iterator[str]:
    made = {**site.templates, **site.server}
    written, put = contract.classes_written(made), contract.classes_set(site.scripts)
    sought, styled = contract.classes_sought(site.scripts), contract.styled(site.sheets, r"\.([a-zA-Z][\w-]*)")
    for name, places in lost(sought | styled, written, put, OTHERS):
        yield f"{places}: nothing has the class {name}"
    for name, places in lost(put, sought, styled):
        yield f"{places}: nothing looks at the class {name}"


def _events(site: Site) -> Iterator[str]:
    told, heard = contract.told(site), contract.heard(site)
    for name, places in lost(heard, told):
        yield f"{places}: nobody tells {name}"
    for name, places in lost(told, heard):
        yield f"{places}: nobody hears {name}"


def test_every_name_has_its_other_half() -> None:
    assert list(problems(site())) == []


def test_scripts_listen_to_events_that_htmx_has() -> None:
    source = HTMX.read_text(encoding="utf-8")
    unknown = [name for name in contract.from_htmx(site().scripts) if f"'{name}'" not in source]
    assert unknown == []


class Row(NamedTuple):
    """A line of the table of events in docs/frontend.md."""

    tellers: set[str]
    listeners: set[str]
    detail: set[str]


def documented() -> dict[str, Row]:
    page = (ROOT / "docs" / "frontend.md").read_text(encoding="utf-8")
    table = page.partition("| event | who tells")[2].partition("\n\n")[0]
    rows: dict[str, Row] = {}
    for line in table.splitlines():
        if line.startswith("| `"):
            names, tellers, listeners, detail = line.split("|")[1:5]
            people = (set(re.findall(r"[\w-]+", who)) for who in (tellers, listeners))
            rows |= dict.fromkeys(
                re.findall(r"`([a-z]+:[a-z]+)`", names), Row(*people, set(re.findall(r"`(\w+)`", detail)))
            )
    return rows


def named(places: set[str]) -> set[str]:
    """Files as the documentation calls them: modules by their names, "markup" for templates, "server" for Python."""
    kinds = {".html": "markup", ".py": "server"}
    return {kinds.get(Path(place).suffix, Path(place).stem) for place in places}


def test_events_are_documented_with_who_tells_and_hears_them_and_what_listeners_take() -> None:
    table, used = documented(), site()
    told, heard, taken = contract.told(used), contract.heard(used), contract.details(used.scripts)
    assert set(table) == set(told)
    for event, row in table.items():
        assert row.tellers == named(told[event]), event
        assert row.listeners == named(heard[event]), event
        assert taken.get(event, set()) <= row.detail, event


# -- modules


def test_what_is_imported_is_exported_and_the_other_way_round() -> None:
    scripts = site().scripts
    taken: dict[str, set[str]] = {}
    for place, script in (scripts | folder(ROOT / "tests" / "js", "*.js")).items():
        for module, names in javascript.imports(script).items():
            taken.setdefault(module, set()).update(names)
            assert names <= javascript.exports(scripts[module]), (place, module)
    for place, script in scripts.items():
        assert javascript.exports(script) <= taken.get(place, set()), f"{place} exports what nobody imports"


def test_pages_load_every_module_and_fetch_ahead_what_those_import() -> None:
    scripts, templates = site().scripts, site().templates
    base = templates["base.html"]
    at_once = javascript.loaded(base) | javascript.preloaded(base)
    named: set[str] = set()
    for place, template in templates.items():
        own = javascript.loaded(template)
        come = {module for name in own for module in javascript.needed(name, scripts)}
        named |= own | come
        ahead = javascript.preloaded(template)
        assert come <= at_once | ahead, f"{place} could fetch ahead {come - at_once - ahead}"
        assert ahead <= own | come, f"{place} fetches ahead what it does not need: {ahead - own - come}"
    assert named == set(scripts)


# -- the checker itself


@pytest.mark.parametrize(
    ("scripts", "templates", "sheets", "complaint"),
    [
        ({"a.js": 'one.closest("[data-lost]");'}, "", "", "a.js: nothing writes data-lost"),
        ({"a.js": "tell(`x`, one.dataset.likeUrl);"}, "", "", "a.js: nothing writes data-like-url"),
        ({"a.js": "const { far, near } = one.dataset;"}, "<p data-near>", "", "a.js: nothing writes data-far"),
        ({"a.js": 'if ("unmade" in row.dataset) go();'}, "", "", "a.js: nothing writes data-unmade"),
        ({"a.js": "// one.dataset.seen"}, '<p data-seen="1">', "", "page.html: nothing reads data-seen"),
        ({"a.js": 'one.dataset.drawn = "1";'}, "", "", "a.js: nothing reads data-drawn"),
        ({}, "", "p[data-lost] { top: 0 }", "a.css: nothing writes data-lost"),
        ({"a.js": "all('[data-do=\"x\"]', one.dataset.do);"}, '<p data-do="y">', "", "a.js: nothing writes data-do=x"),
        ({"a.js": 'document.getElementById("lost");'}, '<p id="found">', "", "a.js: nothing has the id lost"),
        ({"a.js": "document.getElementById(`seek-${one}`);"}, '<p id="find-x">', "", "a.js: nothing has the id seek-*"),
        ({"a.js": 'ajax("GET", at, { target: "#lost" });'}, "", "", "a.js: nothing has the id lost"),
        ({}, '<a hx-target="#lost">', "", "page.html: nothing has the id lost"),
        ({}, '<a hx-select-oob="#a:innerHTML,#lost"><p id="a">', "", "page.html: nothing has the id lost"),
        ({"a.js": "form.elements.lost.value = 1;"}, '<input name="found">', "", "a.js: no form has the field lost"),
        ({"a.js": 'row.querySelector(".lost");'}, '<p class="found">', "", "a.js: nothing has the class lost"),
        ({"a.js": "all(`${list} .lost`).matches(`p.lost`);"}, "", "", "a.js: nothing has the class lost"),
        ({"a.js": 'row.classList.toggle("on", "x" in y);'}, "", "", "a.js: nothing looks at the class on"),
        ({}, '<p class="a{% if b %} c{% endif %}">', ".a.c .d { top: .5em }", "a.css: nothing has the class d"),
        ({"a.js": 'hear("player:lost", go);'}, "", "", "a.js: nobody tells player:lost"),
        ({"a.js": 'tell(\n "player:lost");'}, "", "", "a.js: nobody hears player:lost"),
        ({"a.js": "x(d => d.tell)"}, '<p data-tell="player:lost">', "", "page.html: nobody hears player:lost"),
        ({}, '<p hx-trigger="load, library:lost from:body">', "", "page.html: nobody tells library:lost"),
    ],
)
def test_a_lost_name_is_found(scripts: dict[str, str], templates: str, sheets: str, complaint: str) -> None:
    found = problems(Site(scripts, {"page.html": templates}, {"a.css": sheets}))
    assert complaint in list(found)


def test_the_server_answers_for_a_target_that_is_there() -> None:
    lonely = Site(server={"views.py": 'part = request.htmx.target == "lost"'})
    assert list(problems(lonely)) == ["views.py: nothing has the id lost"]


def test_what_fits_together_is_no_problem() -> None:
    script = """
        import { hear } from "./events.js"; // document.getElementById("nowhere")
        const box = document.getElementById(`up-${row.dataset.track}`);
        const on = () => box.querySelector('.chip[data-do="it"]').classList.add("on");
        if (button.dataset.tell) hear("player:less", ({ id, at: seconds = 0 }) => on(id, seconds));
        say(`Sending ${many > 1 ? `${many} of “#1”` : ""}`, `${one.dataset.kind = ""}`);
    """
    template = """
        {% comment %}<p data-dead id="dead">{% endcomment %}
        <li id="up-{{ row.pk }}" {% playable row %}>
        <p class="chip{% if one %} chip--{{ kind }}{% endif %}" data-do="it">
        <button data-tell="player:less" aria-describedby="up-{{ row.pk }}">
    """
    sheet = """/* .gone */ .chip--small[data-kind="x"], .on:not(.chip) { color: #abc; top: .5em }
        @media (min-width: 60.01rem) { .on { top: 0 } }"""
    server = "format_html('data-track=\"{}\"', row.pk)"
    fine = Site({"a.js": script}, {"page.html": template}, {"a.css": sheet}, {"tags.py": server})
    assert list(problems(fine)) == []
    assert contract.details(fine.scripts) == {"player:less": {"id", "at"}}
