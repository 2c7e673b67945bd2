"""The first question of a web process is as quick as the second: what is heavy loads behind the first pages."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, connection

from accounts.models import User
from catalog.models import Track
from recommender import questions
from recommender.facets import default_weights
from recommender.questions import Asker

log = logging.getLogger(__name__)

DELAY = 2.0  # seconds: the page that somebody is waiting for comes first
WORDS = "calm piano"  # understood, so that all tables of the lexicon are read


def begin() -> threading.Timer:
    """Warm up after a moment, in a thread that does not keep the process alive."""
    timer = threading.Timer(DELAY, warm)
    timer.name, timer.daemon = "warm-up", True
    timer.start()
    return timer


def warm() -> bool:
    """Ask what a listener may ask first, and forget the answer; returns whether there was anything to ask about."""
    try:
        return _ask()
    except DatabaseError as error:
        log.warning("the first question will be slower, the database does not answer: %s", error)
        return False
    finally:
        connection.close()


def _ask() -> bool:
    viewer = User.objects.filter(is_active=True).order_by("pk").first()
    asker = Asker.of(viewer) if viewer else None
    if asker is None or asker.lens is None:
        return False
    newest = asker.lens.version.vectors.filter(removed=False).order_by("-pk").values_list("track_id", flat=True).first()
    track = Track.objects.filter(pk=newest).first() if newest else None
    if track is None:
        return False
    questions.similar(track, default_weights(), asker)
    questions.words(WORDS, asker)
    return True
