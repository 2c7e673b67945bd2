"""How the bytes of an upload reach the media volume."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from catalog import storage
from catalog.gate import Refusal, Spooled

LOOK_EVERY = 64_000_000  # bytes between two looks at the free room of the disk


class SpoolingHandler(FileUploadHandler):
    """Spool files of people who are signed in to the media volume, no further than they can be taken.

    The temporary name owes nothing to the person's: Django hangs the extension of the uploaded name onto it, and a long
    enough "extension" is more than a file system takes. Whoever is not signed in writes nothing to the disk at all: the
    body of a form arrives before any view can say no.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin the next file of the form."""
        super().new_file(*args, **kwargs)
        assert self.request is not None  # Django makes handlers for requests only
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile
        self._file = Spooled("upload", self.content_type, 0, self.charset, self.content_type_extra)
        self._file.name = self.file_name
        self._look_at = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write the next bytes, unless the file is cut already."""
        end = start + len(raw_data)
        if self._file.cut is None and end > settings.UPLOAD_MAX_BYTES:
            self._cut(Refusal.TOO_LARGE)
        if self._file.cut is None and start >= self._look_at:
            self._look_at += LOOK_EVERY
            if not storage.has_room(LOOK_EVERY):
                self._cut(Refusal.DISK_FULL)
        if self._file.cut is None:
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Hand the file over."""
        self._file.seek(0)
        self._file.size = file_size
        return self._file

    def upload_interrupted(self) -> None:
        """Leave nothing behind when the connection breaks."""
        if hasattr(self, "_file"):
            self._file.close()

    def _cut(self, reason: Refusal) -> None:
        self._file.cut = reason
        self._file.truncate(0)
