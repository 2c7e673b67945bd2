"""Addresses of accounts."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import door_views, people_views, views

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("setup/", views.first_visit, name="setup"),
    path("join/<str:token>/", door_views.door, name="door"),
    path("account/", people_views.account, name="account"),
    path("account/devices/others/", people_views.revoke_others, name="devices-others"),
    path("account/devices/<int:device_id>/", people_views.revoke, name="device"),
    path("account/people/", people_views.people, name="people"),
    path("account/people/invite/", people_views.invite, name="invite"),
    path("account/people/<int:user_id>/password/", people_views.reset, name="reset"),
    path("account/people/links/<int:ticket_id>/", people_views.take_back, name="take-back"),
    path("account/password/", views.PasswordChange.as_view(), name="password"),
    path("account/theme/", views.theme, name="theme"),
]
