"""What stands beside an answer to steer it: sliders, filters, curves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite
from urllib.parse import parse_qsl

from django import forms
from django.http import QueryDict

from accounts.models import User
from catalog.models import Artist, Track
from recommender.facets import FACETS
from recommender.forms import STEP, WeightsForm
from recommender.questions import Along, Course, Curve, Filters
from recommender.words import lexicon


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An artist who must not appear."""

    artist: Artist
    query: str  # the same address without that wish


@dataclass(frozen=True, slots=True)
class Knob:
    """A slider, as the template draws it."""

    name: str
    label: str
    hint: str
    usual: float  # where it stands when nobody moved it
    low: float = 0
    high: float = 1
    step: float = STEP
    moved_to: float | None = None

    @property
    def value(self) -> float:
        """Where it stands."""
        return self.usual if self.moved_to is None else self.moved_to

    @property
    def shown(self) -> str:
        """The value as an address holds it."""
        return f"{self.value:g}"

    @property
    def read_out(self) -> str:
        """The value for people: a share in percent, anything else as it is."""
        return f"{self.value:.0%}".replace("%", "\N{NO-BREAK SPACE}%") if self.high == 1 else self.shown

    @property
    def said(self) -> str:
        """Name and value."""
        return f"{self.label} {self.read_out}"

    def read(self, asked: QueryDict) -> Knob:
        """The same slider where the address says that it stands; nonsense leaves it where it is."""
        try:
            value = float(asked.get(self.name, ""))
        except ValueError:
            return self
        return replace(self, moved_to=round(min(max(value, self.low), self.high), 3)) if isfinite(value) else self


VARIETY = Knob("variety", "Variety", "Low: the closest matches. High: each result unlike the others.", 0.2)
BOLDNESS = Knob("boldness", "Discovery", "Low: what fits you best. High: further from what you know.", 0.3)
STEPS = Knob("steps", "Tracks", "How many tracks, with both ends.", 10, 3, 40, 1)


def facet_knobs(form: WeightsForm) -> list[Knob]:
    """One slider a facet."""
    return [
        Knob(facet.name, facet.label, facet.hint, facet.default_weight, moved_to=form.weights[facet.name])
        for facet in FACETS
    ]


def tuned(knobs: Iterable[Knob], form: WeightsForm | None, further: Iterable[str] = ()) -> list[str]:
    """What deviates from the defaults, in words for the summary behind which it stands: "Same mood", "Variety 40 %".

    Facets that stand as a preset has them bear its name. `further` is said after the sliders.
    """
    moved = [knob for knob in knobs if knob.value != knob.usual]
    facets = [knob for knob in moved if form and knob.name in form.weights]
    named = [preset.label for preset in form.presets if preset.chosen] if form and facets else []
    return [
        *(named or [knob.said for knob in facets]),
        *(knob.said for knob in moved if knob not in facets),
        *further,
    ]


def left_out(filters: Filters, query: str, viewer: User) -> list[LeftOut]:
    """Who was left out of the answer at an address; nobody of whom the viewer hears nothing anyway is named."""
    heard = Track.objects.visible_to(viewer).filter(artist__in=filters.without_artists)
    shown = []
    for artist in Artist.objects.filter(pk__in=heard.values("artist")).order_by("name"):
        asked = QueryDict(query, mutable=True)
        asked.setlist("without_artist", [str(pk) for pk in sorted(filters.without_artists - {artist.pk})])
        shown.append(LeftOut(artist, asked.urlencode()))
    return shown


class FilterForm(forms.Form):
    """Which tracks may be answered; `Filters` reads the same parameters and forgives what makes no sense."""

    bpm_min = forms.FloatField(label="BPM from", required=False)
    bpm_max = forms.FloatField(label="BPM to", required=False)
    minutes_min = forms.FloatField(label="Minutes from", required=False)
    minutes_max = forms.FloatField(label="Minutes to", required=False)
    year_min = forms.IntegerField(label="Year from", required=False)
    year_max = forms.IntegerField(label="Year to", required=False)
    style = forms.CharField(
        label="Style", required=False, max_length=60, widget=forms.TextInput(attrs={"list": "styles"})
    )
    fresh = forms.ChoiceField(
        label="Not played for",
        required=False,
        choices=[("", "Any time"), ("1", "A day"), ("7", "A week"), ("30", "A month"), ("365", "A year")],
    )
    liked = forms.ChoiceField(label="Liked", required=False, choices=[("", "All tracks"), ("1", "Only what I like")])

    def __init__(self, asked: QueryDict, *, liked: bool = True) -> None:
        """`liked`: whether one may ask for nothing but what one likes; not where all of that is left out."""
        super().__init__(data=asked, auto_id="filter_%s")
        self.filters = Filters.parse(asked)
        if not liked:
            del self.fields["liked"]
            self.filters = replace(self.filters, liked=False)

    @property
    def styles(self) -> list[str]:
        """Plain names to choose from."""
        return lexicon().styles

    @property
    def said(self) -> list[str]:
        """What is narrowed, in words: "BPM from 120", "Only what I like"."""
        return [self._said(name, value) for name, value in parse_qsl(self.filters.query) if name in self.fields]

    def _said(self, name: str, value: str) -> str:
        chosen = _choice(self.fields[name], value)
        return chosen if name == "liked" else f"{self.fields[name].label} {chosen.lower()}"


class CourseForm(forms.Form):
    """On which curve a path runs."""

    along = forms.ChoiceField(
        label="Curve",
        required=False,
        choices=[("", "None"), ("tempo", "Tempo"), ("arousal", "Energy")],
    )
    curve = forms.ChoiceField(
        label="Shape",
        required=False,
        choices=[("straight", "Straight line"), ("arch", "Up, then back down"), ("valley", "Down, then back up")],
    )

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(data=asked)
        self.full_clean()

    @property
    def course(self) -> Course:
        """What was chosen; nonsense is no curve."""
        along = self.cleaned_data.get("along") or Along.NOTHING
        return Course(Along(along), Curve(self.cleaned_data.get("curve") or Curve.STRAIGHT))

    @property
    def said(self) -> list[str]:
        """The curve in words, if there is one: "Curve of tempo: up, then back down"."""
        course = self.course
        if course.along is Along.NOTHING:
            return []
        return [f"{_choice(self.fields['along'], course.along)}: {_choice(self.fields['curve'], course.curve).lower()}"]


def _choice(field: forms.Field, value: str) -> str:
    """What a choice is called; a value that is none speaks for itself."""
    named = dict(field.choices) if isinstance(field, forms.ChoiceField) else {}  # type: ignore[arg-type]
    return str(named.get(value, value))
