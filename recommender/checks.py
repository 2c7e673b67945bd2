"""Settings of the recommender that would only fail at the first track are told at the start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from recommender import encoders, words


@register()
def encoder_is_known(**_kwargs: Any) -> list[CheckMessage]:
    """SEGUE_ENCODER names an encoder of this installation."""
    if settings.ENCODER in encoders.available():
        return []
    known = ", ".join(encoders.available())
    return [
        Error(f"SEGUE_ENCODER: no encoder is called {settings.ENCODER!r}", hint=f"use one of: {known}", id="segue.E002")
    ]


@register()
def text_encoder_loads(**_kwargs: Any) -> list[CheckMessage]:
    """SEGUE_TEXT_ENCODER names something that reads text."""
    try:
        words.load(settings.TEXT_ENCODER)
    except ValueError as error:
        hint = "use lexicon, or package.module:Name of what is installed (docs/questions.md, Words)"
        return [Error(f"SEGUE_TEXT_ENCODER: {error}", hint=hint, id="segue.E003")]
    return []
