"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, sign-in and the first visit."""

    name = "accounts"

    def ready(self) -> None:
        """Connect what is written down when somebody signs in."""
        import_module("accounts.devices")
