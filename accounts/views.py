"""Signing in, the first visit, and what people choose for themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import devices, lockout, setup
from accounts.forms import LoginForm, SetupForm, ThemeForm
from accounts.models import User
from accounts.requests import is_ours, listener


@method_decorator(login_not_required, name="dispatch")
class Login(auth_views.LoginView):
    """Sign in; on a site without an administrator, explain the first visit instead."""

    template_name = "accounts/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send the very first visitor to the set-up."""
        if setup.is_needed():
            return redirect("setup")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and know this browser again."""
        response = super().form_valid(form)
        lockout.remember(self.request, response, form.get_user())
        return response

    def get_redirect_url(self, _request: HttpRequest | None = None) -> str:
        """Where somebody wanted to go; never back to this page, which Django takes for a fault of ours."""
        address = super().get_redirect_url()
        return "" if address == self.request.path else address


class PasswordChange(auth_views.PasswordChangeView):
    """Choose another password; other sessions end with the old one."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        """Say that it is done."""
        messages.success(self.request, "Your password has been changed. Other devices have to sign in again.")
        response = super().form_valid(form)
        user = listener(self.request)
        devices.note(request=self.request, user=user)  # the session has another key now
        devices.revoke_others(user, self.request.session.session_key)
        return response


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2", "token")
@require_http_methods(["GET", "POST"])
def first_visit(request: HttpRequest) -> HttpResponse:
    """Make the first administrator, for whoever has the link.

    Template accounts/setup.html: `form`. Without the right token accounts/setup_link.html says where the link stands:
    `wrong` (there was a token, but not the right one).
    """
    if not setup.is_needed():
        return redirect("login")
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")
    if not setup.is_current(token):
        return render(request, "accounts/setup_link.html", {"wrong": bool(token)}, status=403 if token else 200)
    form = SetupForm(request.POST if request.method == "POST" else None, initial={"token": token})
    if request.method == "POST" and form.is_valid():
        return _make_administrator(request, form)
    return render(request, "accounts/setup.html", {"form": form})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the colours that somebody chose, and return to where they were."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("theme is one of: " + ", ".join(User.Theme.values))
    user = listener(request)
    user.theme = form.cleaned_data["theme"]
    user.save(update_fields=["theme"])
    return redirect(_where_they_were(request))


def _make_administrator(request: HttpRequest, form: SetupForm) -> HttpResponse:
    try:
        user = setup.create_administrator(form.cleaned_data["username"], form.cleaned_data["password1"])
    except setup.AlreadySetUp:
        return redirect("login")
    return lockout.let_in(request, user)


def _where_they_were(request: HttpRequest) -> str:
    """Address of the page that a form was sent from; never another site."""
    address = request.headers.get("Referer", "")
    return address if is_ours(request, address) else "home"
