"""Where somebody is signed in: written down at the door, checked against the sessions that still exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Device, User

AGENT_LENGTH = 300
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """One place where somebody is signed in."""

    device: Device
    name: str  # "Firefox on Linux"
    here: bool
    until: datetime


def places(user: User, session_key: str | None) -> list[Place]:
    """Every place where a person is signed in, the last one first."""
    devices = list(Device.objects.filter(user=user))
    keys = [device.session_key for device in devices]
    alive = dict(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "session_key", "expire_date"
        )
    )
    return [
        Place(device, name_of(device.agent), device.session_key == session_key, alive[device.session_key])
        for device in devices
        if device.session_key in alive
    ]


def revoke(device: Device) -> None:
    """Sign somebody out there."""
    import_module(settings.SESSION_ENGINE).SessionStore(device.session_key).delete()
    device.delete()


def revoke_others(user: User, session_key: str | None) -> int:
    """Sign somebody out everywhere else; returns in how many places."""
    others = Device.objects.filter(user=user).exclude(session_key=session_key or "")
    gone = list(others)
    for device in gone:
        revoke(device)
    return len(gone)


def name_of(agent: str) -> str:
    """What kind of browser this is, in words."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


@receiver(user_logged_in)
def note(request: HttpRequest | None, user: User, **_kwargs: Any) -> None:
    """Write down where somebody signs in; forget places whose session has ended."""
    if request is None or not hasattr(request, "session"):
        return
    if request.session.session_key is None:
        request.session.create()
    keys = Device.objects.filter(user=user).values_list("session_key", flat=True)
    alive = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    Device.objects.filter(user=user).exclude(session_key__in=alive.values("session_key")).delete()
    Device.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "agent": request.headers.get("User-Agent", "")[:AGENT_LENGTH],
            "address": _address(request),
        },
    )


def _address(request: HttpRequest) -> str | None:
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None
