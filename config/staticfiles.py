"""Static files with content hashes in their names, ES-module imports included."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import ... from "./x.js";` in our own modules as well: Django leaves that off by default.

    Only in ours, because Django looks into comments too, and django-htmx has some that name files which do not exist.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("js/*.js", _IMPORTS)
