"""What people send about themselves, checked."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm

from accounts.models import User


class SetupForm(BaseUserCreationForm):
    """Name and password of the first administrator, and the token of the link."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=100)

    class Meta(BaseUserCreationForm.Meta):
        model = User
        fields = ("username",)


class JoinForm(BaseUserCreationForm):
    """Name and password of somebody who was invited."""

    class Meta(BaseUserCreationForm.Meta):
        model = User
        fields = ("username",)


class ThemeForm(forms.Form):
    """Colours of the pages."""

    theme = forms.ChoiceField(choices=User.Theme)
