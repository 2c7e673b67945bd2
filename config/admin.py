"""The admin site: Django's own, with one way in for everybody."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

FIRST = ("catalog", "recommender", "accounts")  # apps, in the order of the desk's first page


class SegueAdminSite(AdminSite):
    """Django's own admin under our name."""

    site_header = "Segue curators' desk"
    site_title = "Segue"
    enable_nav_sidebar = False  # the list of tracks needs the width
    index_title = "State of the library"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """What curators come for first, then accounts and who was locked out."""
        last = len(FIRST)
        places = {name: place for place, name in enumerate(FIRST)}
        return sorted(super().get_app_list(request, app_label), key=lambda app: places.get(app["app_label"], last))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, _extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Use the site's own sign-in, with its lock-out, instead of a second one."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied  # signed in, but no curator: another sign-in page would go round in circles
        return redirect_to_login(request.GET.get("next") or "/")
