"""The recommender app."""

from importlib import import_module

from django.apps import AppConfig


class RecommenderConfig(AppConfig):
    """What sounds alike."""

    name = "recommender"
    verbose_name = "Analysis and index"

    def ready(self) -> None:
        """Connect to the catalogue's signals and register the system checks."""
        import_module("recommender.receivers")
        import_module("recommender.checks")
