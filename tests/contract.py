"""The names by which scripts, templates and stylesheets know each other, read out of their texts.

A name maps to the files that use it. Where a part is filled in when the page is made, it holds a star: `preset-*`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.javascript import Texts, code_of, literals

Names = dict[str, set[str]]

TEMPLATE_TAG = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
COMMENT_TAG = re.compile(r"{% comment %}.*?{% endcomment %}", re.DOTALL)
VALUE = re.compile(r"{{.*?}}|{}", re.DOTALL)
ATTRIBUTE = re.compile(r"""(?<![\w-])([a-z][\w:-]*)=(["'])(.*?)\2""", re.DOTALL)
BARE_HOOK = re.compile(r"(?<![\w-])(data-[a-z][a-z-]*)(?![\w-])")
SELECTING = re.compile(r"(?:querySelector(?:All)?|closest|matches)\(\s*$")
SELECTOR = re.compile(r"""(?!\./)[.#\[][\w\s.#\[\]="'*:>()~,^$-]+""")
HOOK = re.compile(r"""\[(data-[a-z-]+)(?:[~|^$*]?=["']?([^"'\]]*)["']?)?""")
EVENT = re.compile(r"[a-z]+:[a-z]+")
REFERRING = {"for", "form", "list", "aria-labelledby", "aria-describedby", "aria-controls"}
FRAGMENTS = {"href", "hx-target", "hx-select", "hx-select-oob", "hx-indicator", "hx-sync", "hx-trigger", "clip-path"}


@dataclass(frozen=True)
class Site:
    """The texts of a site by the names of their files."""

    scripts: Texts = field(default_factory=dict)
    templates: Texts = field(default_factory=dict)
    sheets: Texts = field(default_factory=dict)
    server: Texts = field(default_factory=dict)  # Python that writes markup and names events
    forms: Texts = field(default_factory=dict)
    tests: Texts = field(default_factory=dict)


def fits(name: str, other: str) -> bool:
    """Whether two names can be the same, where a star stands for what is filled in."""
    return fnmatchcase(name, other) or fnmatchcase(other, name)


def known(name: str, names: Iterable[str]) -> bool:
    """Whether a name is among others; one that is filled in as a whole says nothing."""
    return any(fits(name, other) for other in names if other.strip("*"))


def collected(pairs: Iterable[tuple[str, str]]) -> Names:
    """Names with the files that use them."""
    found: Names = defaultdict(set)
    for name, place in pairs:
        found[name].add(place)
    return dict(found)


# -- scripts


def selectors(script: str) -> Iterator[str]:
    """The strings of a script by which it looks for elements."""
    for text, before in literals(script):
        if SELECTING.search(before) or SELECTOR.fullmatch(text):
            yield text


def hooks_read(scripts: Texts) -> Names:
    """Data attributes that scripts look for or read."""
    return collected((name, place) for place, script in scripts.items() for name in _hooks_read(script))


def _hooks_read(script: str) -> Iterator[str]:
    for text, before in literals(script):
        yield from (name for name, _ in HOOK.findall(text))
        if re.search(r"(?:get|has)Attribute\($", before) and text.startswith("data-"):
            yield text
    code = code_of(script)
    for name in re.findall(r"dataset\.(\w+)(?!\s*=[^=])\b", code):
        yield _dashed(name)
    for name in re.findall(r'"(\w+)" in [\w.]*dataset', code):
        yield _dashed(name)
    for inner in re.findall(r"const \{([^}]*)\} = [^;]*?dataset", code):
        yield from (_dashed(name) for name in re.findall(r"\w+", inner))


def hooks_set(scripts: Texts) -> Names:
    """Data attributes that scripts write."""
    return collected((name, place) for place, script in scripts.items() for name in _hooks_set(script))


def _hooks_set(script: str) -> Iterator[str]:
    code = code_of(script)
    yield from map(_dashed, re.findall(r"dataset\.(\w+)\s*=[^=]", code))
    yield from re.findall(r"""(?:set|toggle)Attribute\(\s*["'](data-[\w-]+)""", code)


def _dashed(name: str) -> str:
    return "data-" + re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name)


def values_sought(scripts: Texts) -> Names:
    """Values of data attributes that scripts look for, as "data-tool=undo"."""
    pairs = (
        (f"{name}={value}", place)
        for place, script in scripts.items()
        for text, _ in literals(script)
        for name, value in HOOK.findall(text)
    )
    return collected((name, place) for name, place in pairs if not name.endswith(("=", "*")))


def ids_read(scripts: Texts) -> Names:
    """Ids that scripts look for."""
    return collected((name, place) for place, script in scripts.items() for name in _ids_read(script))


def _ids_read(script: str) -> Iterator[str]:
    for text, before in literals(script):
        if re.search(r"getElementById\(\s*$|\.id === $", before):
            yield text
        elif "\n" not in text:  # shaders have lines
            yield from re.findall(r"#([a-z*][\w*-]*)", text)


def ids_answered(server: Texts) -> Names:
    """Ids of the targets for which the server answers with a part of a page."""
    asked = re.compile(r'htmx\.target [!=]= "([\w-]+)"')
    return collected((name, place) for place, code in server.items() for name in asked.findall(code))


def fields_read(scripts: Texts) -> Names:
    """Fields of forms that scripts fill in."""
    pairs = ((code_of(script), place) for place, script in scripts.items())
    return collected((name, place) for code, place in pairs for name in re.findall(r"\.elements\.(\w+)", code))


def fields_written(templates: Texts, forms: Texts) -> Names:
    """Fields that templates write, or Django's forms."""
    pairs = [(value, place) for name, value, place in attributes(templates) if name == "name"]
    made = re.compile(r"^    (\w+) = [\w.]*Field\(", re.MULTILINE)
    pairs += ((name, place) for place, code in forms.items() for name in made.findall(code))
    return collected(pairs)


def classes_sought(scripts: Texts) -> Names:
    """Classes by which scripts look for elements."""
    pairs = ((text, place) for place, script in scripts.items() for text in selectors(script))
    return collected((name, place) for text, place in pairs for name in _classes(text))


def classes_set(scripts: Texts) -> Names:
    """Classes that scripts give to elements."""
    calls = re.compile(r'classList\.(?:add|toggle|remove)\(("[\w-]+"(?:, "[\w-]+")*)')
    pairs = ((call, place) for place, script in scripts.items() for call in calls.findall(code_of(script)))
    return collected((name, place) for call, place in pairs for name in re.findall(r'"([\w-]+)"', call))


def _classes(selector: str) -> list[str]:
    return re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"\[[^\]]*\]", "", selector))


# -- templates and the server


def attributes(templates: Texts) -> Iterator[tuple[str, str, str]]:
    """Attributes that templates write: name, value, file."""
    for place, text in templates.items():
        for name, _, value in ATTRIBUTE.findall(COMMENT_TAG.sub(" ", text)):
            yield name, VALUE.sub("*", TEMPLATE_TAG.sub(" ", value)), place


def hooks_written(templates: Texts) -> Names:
    """Data attributes that templates or the server write."""
    return collected(
        (name, place)
        for place, text in templates.items()
        for name in BARE_HOOK.findall(re.sub(r'(=")[^"]*"', r"\1", COMMENT_TAG.sub(" ", text)) + _formats(text))
    )


def _formats(text: str) -> str:
    """What Python writes of attributes: 'data-track="{}"' within a string."""
    return " ".join(re.findall(r'data-[a-z-]+(?=="\{)', text))


def values_written(templates: Texts) -> Names:
    """Values of the data attributes that templates write, as "data-tool=undo"."""
    return collected((f"{name}={value}", place) for name, value, place in attributes(templates) if "data-" in name)


def ids_written(templates: Texts) -> Names:
    """Ids of elements. Django makes those of form fields, `id_` and the field's name."""
    return collected((value, place) for name, value, place in attributes(templates) if name == "id")


def ids_referred(templates: Texts) -> Names:
    """Ids by which templates point at elements."""
    found: list[tuple[str, str]] = []
    for name, value, place in attributes(templates):
        if name in REFERRING:
            found += ((one, place) for one in value.split())
        elif name in FRAGMENTS:
            found += ((one, place) for one in re.findall(r"(?:^|[\s,(:])#([\w*-]+)", value))
    return collected(found)


def classes_written(templates: Texts) -> Names:
    """Classes that templates or the server write."""
    pairs = ((value, place) for name, value, place in attributes(templates) if name == "class")
    return collected((one, place) for value, place in pairs for one in value.split())


# -- stylesheets


def styled(sheets: Texts, pattern: str) -> Names:
    """What selectors of stylesheets name; `pattern` says what: r"\\.(class)"."""
    rules = re.compile(r"([^{}]+)\{")
    bare = {place: re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", text, flags=re.DOTALL) for place, text in sheets.items()}
    return collected(
        (name, place)
        for place, text in bare.items()
        for prelude in rules.findall(text)
        for name in re.findall(pattern, prelude.rpartition(";")[2])
    )


# -- events


def handed_to(site: Site, call: str) -> list[tuple[str, str]]:
    """What scripts write as the first word of a call, and where."""
    opened = re.compile(rf"""(?:{call})\(\s*$""")
    return [
        (text, place)
        for place, script in site.scripts.items()
        for text, before in literals(script)
        if opened.search(before)
    ]


def told(site: Site) -> Names:
    """Events that are dispatched, by scripts or by buttons that name one in `data-tell`."""
    pairs = [(text, place) for text, place in handed_to(site, "tell|new (?:Custom)?Event") if ":" in text]
    pairs += ((value, place) for name, value, place in attributes(site.templates) if name == "data-tell")
    pairs += ((text, place) for place, code in site.server.items() for text in re.findall(r'"([a-z]+:[a-z]+)"', code))
    return collected(pairs)


def heard(site: Site) -> Names:
    """Events that somebody listens for: scripts, or fragments that are drawn anew."""
    pairs = [
        (text, place)
        for text, place in handed_to(site, "hear|addEventListener")
        if EVENT.fullmatch(text) and not text.startswith("htmx:")
    ]
    triggers = ((value, place) for name, value, place in attributes(site.templates) if name == "hx-trigger")
    pairs += ((name, place) for value, place in triggers for name in re.findall(r"(?:^|,)\s*([a-z]+:[a-z]+)", value))
    return collected(pairs)


def from_htmx(scripts: Texts) -> Names:
    """Events of htmx that scripts listen for."""
    pairs = ((text, place) for place, script in scripts.items() for text, _ in literals(script))
    return collected((text, place) for text, place in pairs if re.fullmatch(r"htmx:\w+", text))


def details(scripts: Texts) -> dict[str, set[str]]:
    """What listeners take out of each event's detail."""
    taken: dict[str, set[str]] = defaultdict(set)
    for script in scripts.values():
        for event, inner in re.findall(r'hear\("([a-z:]+)", (?:async )?\(\{([^}]*)\}', code_of(script)):
            taken[event] |= set(re.findall(r"(?:^|,)\s*(\w+)", inner))
    return dict(taken)
