"""The scripts of the pages as text: their strings, their code without comments, what modules give and take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Texts = Mapping[str, str]  # by the names of the files

STRING = re.compile(r"""(["'])(?:\\.|(?!\1)[^\\\n])*\1|//[^\n]*|/\*.*?\*/""", re.DOTALL)
IMPORT = re.compile(r'import (\{[^}]*\}|\* as \w+) from "(?:\.|\.\./\.\./static/js)/([\w-]+\.js)";')
EXPORT = re.compile(r"^export const (\w+)", re.MULTILINE)
NAMED = re.compile(r"static 'js/([\w-]+\.js)'")
PRELOADED = re.compile(r"""<link rel="modulepreload"[^>]*static 'js/([\w-]+\.js)'""")


def literals(script: str) -> Iterator[tuple[str, str]]:
    """Every string of a script, and the code before it; what is filled into one is a star, and read as code, too."""
    code, at = "", 0
    while at < len(script):
        if script[at] == "`":
            text, inner, at = _template(script, at + 1)
            yield text, code
            yield from literals(inner)
            code = ""
        elif found := STRING.match(script, at):
            at = found.end()
            if found[1]:
                yield found[0][1:-1], code
                code = ""
        else:
            code += script[at]
            at += 1


def _template(script: str, at: int) -> tuple[str, str, int]:
    """What stands between backticks, the code that is filled into it, and where it ends."""
    text, inner = "", ""
    while script[at] != "`":
        if script.startswith("${", at):
            end = _closing(script, at + 2)
            text, inner, at = text + "*", f"{inner};{script[at + 2 : end]}", end + 1
        else:
            text, at = text + script[at], at + 1
    return text, inner, at + 1


def _closing(script: str, at: int) -> int:
    depth = 1
    while depth:
        if script[at] == "`":
            at = _template(script, at + 1)[2]
            continue
        depth += {"{": 1, "}": -1}.get(script[at], 0)
        at += 1
    return at - 1


def code_of(script: str) -> str:
    """A script without its comments."""
    return STRING.sub(lambda found: found[0] if found[1] else " ", script)


def imports(script: str) -> dict[str, set[str]]:
    """The modules that a script imports, and the names that it takes from each."""
    code = code_of(script)
    found: dict[str, set[str]] = {}
    for what, module in IMPORT.findall(code):
        names = re.findall(r"\w+", what)
        if what.startswith("*"):
            names = re.findall(rf"(?<![\w.-]){names[-1]}\.(\w+)", code) + _unpacked(code, names[-1])
        found.setdefault(module, set()).update(names)
    return found


def _unpacked(code: str, whole: str) -> list[str]:
    return [
        name for inner in re.findall(rf"const \{{([^}}]*)\}} = {whole};", code) for name in re.findall(r"\w+", inner)
    ]


def exports(script: str) -> set[str]:
    """The names that a script gives."""
    return set(EXPORT.findall(script))


def needed(module: str, scripts: Texts) -> set[str]:
    """What comes with a module: those that it imports, and what those import."""
    found: set[str] = set()
    ways = [module]
    while ways:
        for name in imports(scripts[ways.pop()]):
            if name not in found:
                found.add(name)
                ways.append(name)
    return found


def loaded(template: str) -> set[str]:
    """Modules that a template loads, apart from those that it only fetches ahead."""
    return set(NAMED.findall(PRELOADED.sub(" ", template)))


def preloaded(template: str) -> set[str]:
    """Modules that a template has fetched ahead."""
    return set(PRELOADED.findall(template))
