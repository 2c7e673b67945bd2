"""The ASGI entry point for granian."""

import os
import tempfile
from importlib import import_module

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
# Django spools the body of a large request to a temporary file before the upload handlers see it: on the media volume,
# because /tmp may be small or in memory.
tempfile.tempdir = settings.FILE_UPLOAD_TEMP_DIR
import_module("config.warming").begin()  # knows models: only after Django is set up
