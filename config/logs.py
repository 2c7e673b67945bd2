"""What the log says of a request: one line, and more only where Segue itself is at fault."""

from __future__ import annotations

import logging
from http import HTTPStatus


class RefusalsInOneLine(logging.Filter):
    """Leave out where in the code a request was refused: Django tells it of each 403, as if that were an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, those of refusals without a traceback."""
        if getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR) < HTTPStatus.INTERNAL_SERVER_ERROR:
            record.exc_info = record.exc_text = None
        return True
