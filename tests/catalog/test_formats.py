from __future__ import annotations

from pathlib import Path

import pytest

from catalog import formats
from tests import sounds


@pytest.mark.parametrize("suffix", sorted(sounds.KINDS))
def test_every_promised_kind_is_recognised_by_its_first_bytes(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"tone{suffix}"
    sounds.write(path, sounds.sine(440, 0.5))
    given = formats.extension_of(path.name)
    assert given == suffix.rsplit(".")[-1]
    assert formats.recognise(path.read_bytes()[: formats.HEAD], given) == given


@pytest.mark.parametrize(
    ("head", "given", "kept"),
    [
        (b"fLaC" + bytes(8), "mp3", "flac"),  # a wrong name does not decide
        (b"OggS" + bytes(8), "opus", "opus"),
        (b"OggS" + bytes(8), "wav", "ogg"),
        (b"ID3\4" + bytes(8), "flac", "flac"),
        (bytes(20) + b"\xff\xfb\x90", "mp3", "mp3"),
        (b"RIFF\0\0\0\0AVI LIST", "wav", None),
        (b"#EXTM3U\nhttp://example.org/a.mp3", "mp3", None),
        (b"MZ\x90\0", "mp3", None),
        (b"\xff\xe8\0\0", "mp3", None),  # the version that MPEG reserved
        (b"", "mp3", None),
    ],
)
def test_the_bytes_decide_and_the_name_refines(head: bytes, given: str, kept: str | None) -> None:
    assert formats.recognise(head, given) == kept


@pytest.mark.parametrize("name", ["song.exe", "song", ".mp3", "mp3", "song.mp3.svg", "song."])
def test_other_names_are_not_sound(name: str) -> None:
    assert formats.extension_of(name) is None


def test_every_format_that_is_kept_has_a_media_type() -> None:
    kept = {extension for family in formats.FAMILIES for extension in family.extensions}
    assert kept == set(formats.MEDIA_TYPES)
