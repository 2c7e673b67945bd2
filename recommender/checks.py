"""Settings of the recommender that would only fail at the first track are told at the start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from recommender import encoders


@register()
def encoder_is_known(**_kwargs: Any) -> list[CheckMessage]:
    """SEGUE_ENCODER names an encoder of this installation."""
    if settings.ENCODER in encoders.available():
        return []
    known = ", ".join(encoders.available())
    return [
        Error(f"SEGUE_ENCODER: no encoder is called {settings.ENCODER!r}", hint=f"use one of: {known}", id="segue.E002")
    ]
