"""What listeners may ask for, parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.http import urlencode

from catalog.forms import IdsField
from recommender.facets import FACETS, default_weights
from recommender.models import Listen

SUM_TOO_SMALL = 0.01
DJ_WEIGHTS = {"tempo": 1.0, "key": 0.8, "sound": 0.3}  # what can be mixed: first the beat, then the harmony
ASIDE = 0.2  # of their usual positions: the other facets, where one is chosen
STEP = 0.05  # of a slider; a preset between two steps would move on its own with the next slider that is touched
NOTHING_WEIGHTED = "Every slider is at zero, so nothing would be alike. The usual settings are used instead."


@dataclass(frozen=True, slots=True)
class Preset:
    """A named position of the sliders."""

    label: str
    weights: Mapping[str, float]
    chosen: bool

    @property
    def query(self) -> str:
        """As GET parameters."""
        return as_query(self.weights)


def _on_a_step(position: float) -> float:
    return round(round(position / STEP) * STEP, 2)


def as_query(weights: Mapping[str, float]) -> str:
    """Weights as GET parameters, in the order of the facets: "sound=1&mood=0.5"."""
    return urlencode({name: f"{weight:g}" for name, weight in weights.items()})


class WeightsForm(forms.Form):
    """One slider per facet, 0..1. A value that makes no sense falls back to the usual one and says so."""

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(data=asked)
        for facet in FACETS:
            self.fields[facet.name] = forms.FloatField(
                label=facet.label,
                help_text=facet.hint,
                required=False,
                min_value=0,
                max_value=1,
                error_messages={"invalid": "This is not a number."},
            )
        self.problems: list[str] = []
        self.weights = self._read()

    @property
    def presets(self) -> list[Preset]:
        """Named positions: the usual one, one facet with a little of the rest, and what a DJ needs."""
        named = {"Balanced": default_weights()}
        for facet in FACETS:
            if facet.default_weight > 0:
                named[f"Same {facet.label.lower()}"] = {
                    other.name: 1.0 if other is facet else _on_a_step(other.default_weight * ASIDE) for other in FACETS
                }
        named["DJ"] = {facet.name: DJ_WEIGHTS.get(facet.name, 0.0) for facet in FACETS}
        return [Preset(label, weights, chosen=weights == self.weights) for label, weights in named.items()]

    @property
    def query(self) -> str:
        """The present position as GET parameters."""
        return as_query(self.weights)

    def _read(self) -> dict[str, float]:
        usual = default_weights()
        self.full_clean()
        for facet in FACETS:
            for message in self.errors.get(facet.name, []):
                self.problems.append(f"{facet.label}: {message} The usual setting is used instead.")
        asked = {name: self.cleaned_data.get(name) for name in usual}
        weights = {name: usual[name] if value is None else round(value, 3) for name, value in asked.items()}
        if sum(weights.values()) < SUM_TOO_SMALL:
            self.problems.append(NOTHING_WEIGHTED)
            return usual
        return weights


class ListenForm(forms.Form):
    """Something that the player reports."""

    track = forms.IntegerField(min_value=1)
    kind = forms.ChoiceField(
        choices=[
            (kind.value, kind.label)
            for kind in (Listen.Kind.PLAYED, Listen.Kind.FINISHED, Listen.Kind.SKIPPED, Listen.Kind.LESS)
        ]
    )
    seconds = forms.FloatField(min_value=0, max_value=1_000_000, required=False)


class LikeForm(forms.Form):
    """In which radio session somebody liked a track, if in any."""

    radio = forms.RegexField(r"^[0-9a-f]{16}\Z", required=False)


class QueueForm(forms.Form):
    """Which tracks a returning listener had in the queue."""

    LONGEST = 200

    ids = IdsField(most=LONGEST)
