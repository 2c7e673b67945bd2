"""The ASGI entry point for granian."""

import os
import tempfile
from importlib import import_module

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Read by numpy when it is imported, with the first question: its products here take a millisecond, and threads that
# wait for each other on a busy machine make ten of it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

application = get_asgi_application()
# Django spools the body of a large request to a temporary file before the upload handlers see it: on the media volume,
# because /tmp may be small or in memory.
tempfile.tempdir = settings.FILE_UPLOAD_TEMP_DIR
import_module("config.warming").begin()  # knows models: only after Django is set up
