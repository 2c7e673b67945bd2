"""Links that an administrator hands out by hand, since a site at home sends no mail: to join, or for a new password.

A link works once and ends after some days. The token is shown when it is made and never again.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Ticket, User

Kind = Ticket.Kind
CURATORS = "Curators"  # the group that comes with the site
LIFETIME = {Kind.INVITATION: timedelta(days=7), Kind.PASSWORD: timedelta(days=1)}


class NotValid(Exception):
    """The link was used, taken back, is too old, or never was."""


def invite(by: User, *, curator: bool = False) -> tuple[Ticket, str]:
    """Make an invitation; returns it and the token of its link."""
    return _make(Kind.INVITATION, by, curator=curator)


def new_password(by: User, user: User) -> tuple[Ticket, str]:
    """Make a link with which somebody sets another password; older ones for the same person end."""
    with transaction.atomic():
        Ticket.objects.filter(kind=Kind.PASSWORD, user=user, used_at=None).delete()
        return _make(Kind.PASSWORD, by, user=user)


def open_ones() -> QuerySet[Ticket]:
    """Links that may still be used."""
    return Ticket.objects.filter(used_at=None, expires_at__gt=timezone.now()).select_related("user", "made_by")


def find(token: str) -> Ticket:
    """The ticket of a link. Raises NotValid."""
    found = open_ones().filter(digest=_digest(token)).first()
    if found is None or (found.user is not None and not found.user.is_active):
        raise NotValid
    return found


def join(token: str, username: str, password: str) -> User:
    """Use an invitation up and make the account. Raises NotValid when somebody was faster."""
    with transaction.atomic():
        ticket = _use(token, Kind.INVITATION)
        user = User(username=username, is_staff=ticket.curator)
        user.set_password(password)
        user.save()
        if ticket.curator:
            user.groups.set(Group.objects.filter(name=CURATORS))
        return user


def set_password(token: str, password: str) -> User:
    """Use a link for a new password up. Every session of that person ends. Raises NotValid."""
    with transaction.atomic():
        ticket = _use(token, Kind.PASSWORD)
        assert ticket.user is not None  # of this kind
        ticket.user.set_password(password)
        ticket.user.save(update_fields=["password"])
        return ticket.user


def _make(kind: Kind, by: User, *, user: User | None = None, curator: bool = False) -> tuple[Ticket, str]:
    token = secrets.token_urlsafe(32)
    ticket = Ticket.objects.create(
        kind=kind,
        digest=_digest(token),
        user=user,
        curator=curator,
        made_by=by,
        expires_at=timezone.now() + LIFETIME[kind],
    )
    return ticket, token


def _use(token: str, kind: Kind) -> Ticket:
    """Mark a ticket as used; of two people at the same time, one gets it."""
    ticket = find(token)
    if ticket.kind != kind or not open_ones().filter(pk=ticket.pk).update(used_at=timezone.now()):
        raise NotValid
    return ticket


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
