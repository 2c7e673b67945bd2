"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("recommender.urls")),
    path("", include("catalog.urls")),
    path("", include("accounts.urls")),
    path("", include("config.health_urls")),
    path("admin/", admin.site.urls),
]

handler500 = "config.outage.broken"
