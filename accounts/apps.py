"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, sign-in and the first visit."""

    name = "accounts"
