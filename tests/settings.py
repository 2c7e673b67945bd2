"""The site's settings with a data folder that is thrown away, so that no test touches `var/`.

pytest-django loads settings before any conftest.py, so this cannot be a fixture.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = tempfile.mkdtemp(prefix="segue-tests-")
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

Path(SCRATCH, "static").mkdir()  # WhiteNoise warns of a missing one
os.environ["SEGUE_DATA"] = SCRATCH
os.environ.pop("SEGUE_MEDIA", None)
os.environ.setdefault("SEGUE_MODELS", str(ROOT / "var" / "models"))  # weights are only read; `make test` fetches them
# A folder for each process: two that compile the same function at once leave a file at which the next one crashes.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main") + ("-elsewhere" if os.environ.get("DATABASE_URL") else "")
os.environ["NUMBA_CACHE_DIR"] = str(ROOT / "var" / "cache" / f"numba-{WORKER}")

from config.settings import *  # noqa: E402, F403
from tests.processes import TOKEN  # noqa: E402

MILVUS_TOKEN = TOKEN

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},  # needs no collectstatic
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, as in real life: tables in memory are shared between threads without the busy timeout.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(SCRATCH) / "test.sqlite3")}  # noqa: F405
