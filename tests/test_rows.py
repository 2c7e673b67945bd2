"""The rows that tests begin with are those that a worker would leave."""

from __future__ import annotations

import pytest
from django.db.models import Model

from recommender.models import Analysis, Embedding, IndexedVector, Measurement
from tests.rows import a_library, a_measurement, a_track, all_analysed, analysed

pytestmark = pytest.mark.django_db

OF_ITS_OWN = {"id", "track_id", "measured_at", "queued_at"}


def rows(model: type[Model], track_id: int) -> list[dict[str, object]]:
    found = model._default_manager.filter(track_id=track_id).values()
    return [{name: value for name, value in row.items() if name not in OF_ITS_OWN} for row in found]


@pytest.mark.parametrize("beside", [0, 3])
def test_together_they_get_the_rows_that_each_would_get_alone(beside: int) -> None:
    a_library([100.0] * beside)
    measured = [a_measurement(bpm=bpm, tonic=tonic, sound=5) for bpm, tonic in ((None, None), (120.0, 3))]
    alone = [analysed(a_track(f"Alone {number}"), one) for number, one in enumerate(measured)]
    together = all_analysed((a_track(f"Together {number}"), one) for number, one in enumerate(measured))
    for model in (Measurement, Embedding, IndexedVector, Analysis):
        for one, other in zip(alone, together, strict=True):
            found = rows(model, one.pk)
            assert len(found) == 1
            [there] = rows(model, other.pk)
            assert [name for name, value in found[0].items() if there[name] != value] == []
