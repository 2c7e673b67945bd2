"""Strange names of uploaded files never reach the file system."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.rows import a_user


@pytest.mark.parametrize("name", ["a." + "x" * 260, "a." + "é" * 200, "." * 250 + "mp3", "a/../../b.mp3"])
def test_a_strange_name_is_refused_in_words(db: None, name: str) -> None:
    client = Client()
    client.force_login(a_user(is_staff=True))
    answer = client.post(reverse("upload"), {"files": SimpleUploadedFile(name, b"no sound"), "visibility": "public"})
    assert answer.status_code == 200
    assert b"Traceback" not in answer.content
