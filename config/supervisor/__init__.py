"""`manage.py up`: everything that Segue needs on one machine, started, watched and ended together."""
