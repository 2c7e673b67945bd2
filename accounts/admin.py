"""Users at the administrator's desk."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from accounts.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Listeners, curators, administrators. With an account go its private tracks; what it shared stays."""

    list_display = ("username", "email", "is_staff", "is_superuser", "is_active", "last_login")
    ordering = ("username",)
