"""What the log says of a request: one line, and more only where Segue itself is at fault."""

from __future__ import annotations

import logging
from http import HTTPStatus

from config.outage import reason_of


class OneLine(logging.Filter):
    """Leave out where in the code it happened of what no code can help: refusals, and a database that fails.

    Django tells it of each 403 as if that were an error, and of every request while a disk is full.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, shortened or as it is."""
        error = record.exc_info[1] if record.exc_info else None
        outage = reason_of(error)
        if outage:
            record.msg, record.args = f"{record.getMessage()}: the database says: {outage}", ()
        if (
            outage
            or getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR) < HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            record.exc_info = record.exc_text = None
        return True
