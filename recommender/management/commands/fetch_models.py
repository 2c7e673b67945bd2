"""`manage.py fetch_models`: the weights of the encoders, from the registry to the model folder."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recommender.encoders.weights import WeightsCorrupt, ensure_musicnn
from recommender.encoders.wheels import WheelUnavailable


class Command(BaseCommand):
    help = "Fetch and convert the model weights (once; quick when they are there). SEGUE_MODELS names the folder."
    requires_system_checks = []

    def handle(self, **_options: Any) -> None:
        try:
            path = ensure_musicnn(settings.MODELS_DIR)
        except (WheelUnavailable, WeightsCorrupt, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"weights ready: {path}")
