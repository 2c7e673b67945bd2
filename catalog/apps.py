"""The catalogue app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What music there is."""

    name = "catalog"
    verbose_name = "Catalogue"
