"""Playlists as files: M3U8, XSPF and JSPF out, M3U8 in.

What comes in names files of another machine. It is matched by the names of files, then by artist and title, among the
tracks that the person may hear; nothing is ever opened under such a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from accounts.models import User
from catalog import naming, search_text
from catalog.models import Track
from catalog.playlists import MOST_ENTRIES

XSPF = "http://xspf.org/ns/0/"
INFO = re.compile(r"^#EXTINF:\s*(-?\d+)?[^,]*,(.*)$")
CHUNK = 500  # names a query


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of an M3U8 file."""

    name: str  # last part of the path
    artist: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """What an imported file came to."""

    title: str
    tracks: list[Track]
    missing: list[str]  # names that fit no track


def m3u8(title: str, tracks: Sequence[Track]) -> str:
    """Extended M3U in UTF-8; each path is the name under which the file came in."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_line(title)}"]
    for track in tracks:
        by = f"{track.artist} - " if track.artist else ""
        lines.append(f"#EXTINF:{round(track.seconds) if track.seconds else -1},{_line(f'{by}{track.title}')}")
        if track.album:
            lines.append(f"#EXTALB:{_line(str(track.album))}")
        lines.append(_path(track))
    return "\n".join(lines) + "\n"


def xspf(title: str, tracks: Sequence[Track]) -> str:
    """XSPF 1 (https://www.xspf.org/spec)."""
    ET.register_namespace("", XSPF)
    root = ET.Element(f"{{{XSPF}}}playlist", version="1")
    ET.SubElement(root, f"{{{XSPF}}}title").text = naming.clean(title, 300)
    listed = ET.SubElement(root, f"{{{XSPF}}}trackList")
    for track in tracks:
        element = ET.SubElement(listed, f"{{{XSPF}}}track")
        for name, value in _facts(track).items():
            ET.SubElement(element, f"{{{XSPF}}}{name}").text = naming.clean(str(value), 300)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def jspf(title: str, tracks: Sequence[Track]) -> str:
    """JSPF: the same as XSPF, in JSON."""
    return json.dumps(
        {"playlist": {"title": title, "track": [_facts(track) for track in tracks]}}, ensure_ascii=False, indent=2
    )


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of playlist file."""

    media_type: str
    write: Callable[[str, Sequence[Track]], str]


FORMATS: Mapping[str, Format] = {
    "m3u8": Format("application/vnd.apple.mpegurl; charset=utf-8", m3u8),
    "xspf": Format("application/xspf+xml; charset=utf-8", xspf),
    "jspf": Format("application/json; charset=utf-8", jspf),
}


def read_m3u8(text: str) -> tuple[str, list[Line]]:
    """Title and entries of an M3U or M3U8 file; whatever else is in it is passed over."""
    title, said = "", ("", "")
    lines: list[Line] = []
    for raw in text.removeprefix("\ufeff").splitlines():
        line = raw.strip()
        if info := INFO.match(line):
            artist, dash, name = info.group(2).partition(" - ")
            said = (artist, name) if dash else ("", artist)
        elif line.upper().startswith("#PLAYLIST:"):
            title = naming.clean(line.partition(":")[2], 200)
        elif line and not line.startswith("#") and len(lines) < MOST_ENTRIES:
            name = naming.label_of(unquote(line) if "://" in line else line)
            lines.append(Line(name, naming.clean(said[0], 300), naming.clean(said[1], 300)))
            said = ("", "")
    return title, lines


def matched(text: str, user: User) -> Matched:
    """Find the tracks that an M3U8 file means, among those that the person may hear."""
    title, lines = read_m3u8(text)
    by_file = _by(user, "original_name", [line.name for line in lines], lambda track: track.original_name)
    left = [line for line in lines if line.name not in by_file]
    artists = [search_text.stored(line.artist) for line in left if line.artist]
    by_names = _by(user, "artist__search", artists, lambda track: _names(str(track.artist), track.title))
    tracks, missing = [], []
    for line in lines:
        found = by_file.get(line.name) or by_names.get(_names(line.artist, line.title))
        if found:
            tracks.append(found)
        else:
            missing.append(f"{line.artist} - {line.title}" if line.artist else line.title or line.name)
    return Matched(title, tracks, missing)


def _by(user: User, field: str, values: Sequence[str], named: Callable[[Track], Any]) -> dict[Any, Track]:
    """Visible tracks whose field is one of the values, the oldest of each name."""
    wanted = list(dict.fromkeys(values))
    found: dict[Any, Track] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = Track.objects.visible_to(user).filter(**{f"{field}__in": wanted[start : start + CHUNK]})
        for track in rows.for_lists().order_by("pk"):
            found.setdefault(named(track), track)
    return found


def _names(artist: str, title: str) -> tuple[str, str]:
    return search_text.folded(artist), search_text.folded(title)


def _facts(track: Track) -> dict[str, Any]:
    facts = {
        "location": _path(track),
        "title": track.title,
        "creator": str(track.artist or ""),
        "album": str(track.album or ""),
        "trackNum": track.track_number,
        "duration": round(track.seconds * 1000) if track.seconds else None,  # milliseconds
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _path(track: Track) -> str:
    """The file's name; one that begins like a comment gets a folder in front."""
    name = _line(track.original_name)
    return f"./{name}" if name.startswith("#") else name


def _line(text: str) -> str:
    return naming.clean(text, 600)
