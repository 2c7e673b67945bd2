"""Columns of numbers in one piece."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.models import Track
from recommender import columns
from tests.rows import a_track


@pytest.mark.django_db
def test_columns_are_read_row_by_row() -> None:
    for number in range(3):
        a_track(f"Piece {number}")
    Track.objects.filter(title="Piece 1").update(size=70_000_000_000)
    ids, sizes = columns.whole_numbers(Track.objects.order_by("-title"), "pk", "size")
    assert dict(zip(ids.tolist(), sizes.tolist(), strict=True)) == dict(Track.objects.values_list("pk", "size"))
    assert len(ids) == 3
    assert ids.dtype == sizes.dtype == np.int64


@pytest.mark.django_db
def test_of_no_rows_there_are_no_numbers() -> None:
    [ids] = columns.whole_numbers(Track.objects.filter(pk=0), "pk")
    assert ids.tolist() == []
    assert ids.dtype == np.int64
