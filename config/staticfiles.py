"""Static files with content hashes in their names: ES-module imports included, all stylesheets as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.storage import HashedFilesMixin
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Of static/css, in the order in which pages apply them: the vocabulary first, then what speaks in it.
SHEETS = (
    *("tokens", "base", "layout", "controls", "forms", "notices", "tracks", "shelves", "track-page", "heard", "player"),
    *("seek", "queue", "now", "now-wide", "upload", "found", "lists", "columns", "playlists", "folds"),
    *("discover", "map", "clip", "door"),
    "print",
)
SHEET_NAMES = tuple(f"css/{name}.css" for name in SHEETS)
JOINED = "css/segue.css"  # all of them, made when static files are collected

_IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]

Collected = dict[str, tuple[Storage, str]]  # name -> where it comes from, and its path there


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """What a browser asks for at once arrives at once, and is kept for ever because its name tells what is in it.

    `import ... from "./x.js";` is rewritten in our own modules as well, which Django leaves off by default. Only in
    ours, because Django looks into comments too, and django-htmx has some that name files which do not exist.

    The stylesheets become one file: the browser paints when the last of them is here, and one request is answered
    sooner than twenty.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("js/*.js", _IMPORTS)
    stylesheets = (JOINED,)  # what `{% stylesheets %}` links

    def post_process(self, paths: Collected, *args: Any, **options: Any) -> Iterator[tuple[str, str | None, Any]]:
        """Join, hash and compress what was collected."""
        if not options.get("dry_run"):
            self.delete(JOINED)
            self.save(JOINED, ContentFile(_joined(paths)))
            paths = paths | {JOINED: (self, JOINED)}
        yield from super().post_process(paths, *args, **options)


def _joined(paths: Collected) -> bytes:
    """The stylesheets one after the other. They lie in the folder of the whole, so each `url()` in them holds."""
    if missing := [name for name in SHEET_NAMES if name not in paths]:
        raise ImproperlyConfigured(f"config/staticfiles.py lists {missing[0]}, which is not among the static files.")
    texts = []
    for storage, path in map(paths.__getitem__, SHEET_NAMES):
        with storage.open(path) as file:
            texts.append(file.read())
    return b"\n".join(texts)
