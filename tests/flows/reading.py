"""What a page says, read as a person would."""

from __future__ import annotations

import re
from html import unescape

from django.http import HttpResponse


def text(response: HttpResponse) -> str:
    """The body of an answer that went well."""
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def titles(page: str) -> list[str]:
    """Titles of the rows of a list, in their order."""
    return [unescape(found) for found in re.findall(r'class="track__title" data-title[^>]*>([^<]+)<', page)]


def sources(page: str) -> list[str]:
    """Signed addresses of the sounds that the page can play."""
    return [unescape(found) for found in re.findall(r'data-src="([^"]+)"', page)]


def radio_of(page: str) -> str:
    """Where events of a radio session go."""
    found = re.search(r'data-radio="([^"]+)"', page)
    assert found, page
    return unescape(found[1])
