"""The wiring's own app: checks of the environment, commands that start the house, the admin site."""

from importlib import import_module

from axes.apps import AppConfig as AxesConfig
from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class ConfigConfig(AppConfig):
    """Settings checks and the commands that start everything."""

    name = "config"
    default = True

    def ready(self) -> None:
        """Register the system checks."""
        import_module("config.checks")


class SegueAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our own site object."""

    default = False
    default_site = "config.admin.SegueAdminSite"


class LockOutConfig(AxesConfig):
    """django-axes under a name that says what it does: an axis is something else on a site about moods."""

    default = False
    verbose_name = "Lock-outs"
