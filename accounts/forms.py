"""What people send about themselves, checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.core.validators import MaxLengthValidator

from accounts.models import User


class LoginForm(AuthenticationForm):
    """Name and password. Django does not hold the name to the length that names have; who counts failures must."""

    error_messages = {**AuthenticationForm.error_messages, "invalid_login": "Wrong username or password."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = User._meta.get_field("username").max_length
        self.fields["username"].validators.append(MaxLengthValidator(longest))


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
