"""Pages about accounts: my own, and everybody's for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import devices, tickets
from accounts.models import Device, Ticket, User
from accounts.requests import listener


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """What somebody can do about their account. Template accounts/account.html: `places` (devices.Place)."""
    places = devices.places(listener(request), request.session.session_key)
    return render(request, "accounts/account.html", {"places": places})


@require_POST
def revoke(request: HttpRequest, device_id: int) -> HttpResponse:
    """Sign me out on one other device."""
    device = get_object_or_404(Device, pk=device_id, user=listener(request))
    devices.revoke(device)
    messages.success(request, f"Signed out: {devices.name_of(device.agent)}.")
    return redirect("account")


@require_POST
def revoke_others(request: HttpRequest) -> HttpResponse:
    """Sign me out everywhere but here."""
    devices.revoke_others(listener(request), request.session.session_key)
    messages.success(request, "You have been signed out everywhere else.")
    return redirect("account")


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Accounts and open links, for administrators. Template accounts/people.html: `people`, `tickets`."""
    return _people(request)


@never_cache
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Make a link with which one person may join; with `curator` as a curator. It is shown this once."""
    ticket, token = tickets.invite(_administrator(request), curator="curator" in request.POST)
    return _people(request, ticket, token)


@never_cache
@require_POST
def reset(request: HttpRequest, user_id: int) -> HttpResponse:
    """Make a link with which one person sets another password. It is shown this once."""
    by = _administrator(request)
    person = get_object_or_404(User, pk=user_id, is_active=True)
    return _people(request, *tickets.new_password(by, person))


@require_POST
def take_back(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Let a link that was not used lead nowhere."""
    _administrator(request)
    get_object_or_404(tickets.open_ones(), pk=ticket_id).delete()
    messages.success(request, "The link no longer works.")
    return redirect("people")


def _people(request: HttpRequest, ticket: Ticket | None = None, token: str = "") -> HttpResponse:
    _administrator(request)
    link = request.build_absolute_uri(reverse("door", args=[token])) if token else ""
    context = {
        "people": User.objects.order_by("username"),
        "tickets": tickets.open_ones(),
        "made": ticket,
        "link": link,
    }
    return render(request, "accounts/people.html", context)


def _administrator(request: HttpRequest) -> User:
    user = listener(request)
    if not user.is_superuser:
        raise PermissionDenied
    return user
