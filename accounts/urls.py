"""Addresses of accounts."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("setup/", views.first_visit, name="setup"),
    path("account/password/", views.PasswordChange.as_view(), name="password"),
    path("account/theme/", views.theme, name="theme"),
]
