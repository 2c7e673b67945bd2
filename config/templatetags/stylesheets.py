"""`{% stylesheets %}`: links of what every page is styled with."""

from __future__ import annotations

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from config.staticfiles import SHEET_NAMES

register = template.Library()


@register.simple_tag
def stylesheets() -> SafeString:
    """One link where static files were collected; where they were not, as with SEGUE_DEBUG, one for each file."""
    names = getattr(staticfiles_storage, "stylesheets", SHEET_NAMES)
    addresses = ((staticfiles_storage.url(name),) for name in names)
    return format_html_join("\n  ", '<link rel="stylesheet" href="{}">', addresses)
