"""The admin site."""

from django.contrib.admin import AdminSite


class SegueAdminSite(AdminSite):
    """Django's own admin under our name."""

    site_header = "Segue curators' desk"
    site_title = "Segue"
    index_title = "Catalogue and analysis"
