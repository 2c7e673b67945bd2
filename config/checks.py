"""A wrong setting stops the start, with an id and a hint, instead of surprising somebody later."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def environment(**_kwargs: Any) -> list[CheckMessage]:
    """Report every environment variable that could not be understood."""
    return [
        Error(f"{name}: {problem}", hint=f"{mend} (docs/settings.md explains {name})", id="segue.E001")
        for name, problem, mend in settings.ENV.problems
    ]
