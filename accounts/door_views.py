"""Doors for whoever holds a link: joining, and another password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import devices, lockout, tickets
from accounts.forms import JoinForm
from accounts.models import Ticket, User


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def door(request: HttpRequest, token: str) -> HttpResponse:
    """What a link opens. Template accounts/join.html or accounts/new_password.html: `form`; accounts/no_ticket.html."""
    try:
        ticket = tickets.find(token)
        if ticket.kind == Ticket.Kind.INVITATION:
            return _join(request, token)
        assert ticket.user is not None  # of this kind
        return _new_password(request, token, ticket.user)
    except tickets.NotValid:
        return render(request, "accounts/no_ticket.html", status=404)


def _join(request: HttpRequest, token: str) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = tickets.join(token, form.cleaned_data["username"], form.cleaned_data["password1"])
        except IntegrityError:  # somebody took the name between the check and the row; the invitation stays good
            form.add_error("username", "Somebody has just taken this name; choose another.")
        else:
            return lockout.let_in(request, user)
    return render(request, "accounts/join.html", {"form": form})


def _new_password(request: HttpRequest, token: str, user: User) -> HttpResponse:
    form = SetPasswordForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        devices.revoke_others(tickets.set_password(token, form.cleaned_data["new_password1"]), None)
        messages.success(request, "Your password has been set. Sign in with it.")
        response = redirect("login")
        lockout.remember(request, response, user)
        return response
    return render(request, "accounts/new_password.html", {"form": form, "person": user})
