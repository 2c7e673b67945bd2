"""A column of a large table as numbers: 100,000 of them cost as much as a page, because no row becomes an object."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Aggregate, QuerySet, TextField
from numpy.typing import NDArray

SEPARATOR = ","


class _Joined(Aggregate):
    """All values of a group with commas between them, as one text."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **_more: Any) -> tuple[str, tuple[Any, ...]]:
        """PostgreSQL's name for it."""
        template = f"STRING_AGG(%(expressions)s::text, '{SEPARATOR}')"
        sql, parameters = self.as_sql(compiler, connection, template=template)
        return sql, tuple(parameters)


def whole_numbers(rows: QuerySet[Any], *fields: str) -> list[NDArray[np.int64]]:
    """Columns of whole numbers that are never NULL, each [shape=(n,)], row by row in one order, whichever it is."""
    joined = rows.order_by().aggregate(**{f"column_{place}": _Joined(field) for place, field in enumerate(fields)})
    return [_read(joined[f"column_{place}"]) for place in range(len(fields))]


def _read(text: str | None) -> NDArray[np.int64]:
    return np.fromstring(text, np.int64, sep=SEPARATOR) if text else np.zeros(0, np.int64)
