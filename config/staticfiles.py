"""Static files with content hashes in their names, ES-module imports included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import ... from "./x.js";` as well: Django leaves that off by default."""

    support_js_module_import_aggregation = True
