from __future__ import annotations

import pytest

from catalog import naming


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("01 - Name.mp3", "Name"),
        ("1. Name.mp3", "Name"),
        ("06_-_Elveszett_Lelkek.ogg", "Elveszett Lelkek"),
        ("07 Name of it.flac", "Name of it"),
        ("99 Luftballons.mp3", "Luftballons"),  # the price of the rule above
        ("1999.mp3", "1999"),
        ("01.mp3", "01"),
        ("C:\\Music\\Song.mp3", "Song"),
        ("../../etc/passwd.ogg", "passwd"),
        ("a\x00b\r\nc.ogg", "a b c"),
        ("\u202eSong\u202c \u2067live.ogg", "Song live"),  # an open turn would turn the rest of the line on a page
    ],
)
def test_titles_out_of_names(name: str, title: str) -> None:
    assert naming.title_of(name) == title


def test_what_files_write_when_they_do_not_know_is_nothing() -> None:
    assert naming.known("<Unknown>", 300) == ""
    assert naming.known("  The   Band\t", 300) == "The Band"


def test_accents_are_composed_and_length_is_kept() -> None:
    assert naming.clean("Cafe\u0301", 300) == "Café"
    assert len(naming.clean("x" * 1000, 300)) == 300
