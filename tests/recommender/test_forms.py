"""Positions of the sliders, as an address says them."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from recommender.forms import STEP, WeightsForm
from recommender.views.knobs import Knob


def test_a_preset_is_known_again_from_its_own_address() -> None:
    for preset in WeightsForm(QueryDict()).presets:
        chosen = [one.label for one in WeightsForm(QueryDict(preset.query)).presets if one.chosen]
        assert chosen == [preset.label]


def test_presets_stand_where_a_slider_can_stand() -> None:
    assert Knob("x", "X", "", 0.5).step == STEP
    for preset in WeightsForm(QueryDict()).presets:
        for position in preset.weights.values():
            assert position == pytest.approx(round(position / STEP) * STEP)
