"""How the bytes of an upload reach the media volume."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler


class NamelessUploadHandler(TemporaryFileUploadHandler):
    """Spool to a temporary file whose name owes nothing to the person's.

    Django hangs the extension of the uploaded name onto the temporary one, and a long enough "extension" is more than a
    file system takes: a 500 for a strange name.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin the next file of the form."""
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = TemporaryUploadedFile("upload", self.content_type, 0, self.charset, self.content_type_extra)
        self.file.name = self.file_name
