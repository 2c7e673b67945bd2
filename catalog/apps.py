"""The catalogue app."""

from importlib import import_module

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What music there is."""

    name = "catalog"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        """Connect the receivers."""
        import_module("catalog.receivers")
