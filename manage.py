#!/usr/bin/env python
"""Everything an operator does, by name: `python manage.py help`."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import InterfaceError, OperationalError, ProgrammingError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except (InterfaceError, OperationalError, ProgrammingError) as error:  # nobody there, or no tables yet
        if "--traceback" in sys.argv:
            raise
        sys.exit(
            f"the database says: {' '.join(str(error).split())}. Has Segue been started with it (`manage.py up`, or "
            "`manage.py migrate`), and is DATABASE_URL right (docs/settings.md)? --traceback shows where it happened."
        )
