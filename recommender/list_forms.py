"""What a list shows and what a person corrects, parsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.http import urlencode

from recommender import browse, corrections
from recommender.facets import mood
from recommender.facets.key import MAJOR_NAMES, MINOR_NAMES

UNNAMED = "none"  # the artist of tracks whose files name nobody


def keys() -> list[tuple[str, str]]:
    """Every key as a choice: ("9-minor", "A minor")."""
    named = {"major": MAJOR_NAMES, "minor": MINOR_NAMES}
    return [(f"{tonic}-{mode}", f"{names[tonic]} {mode}") for tonic in range(12) for mode, names in named.items()]


def as_key(choice: str) -> tuple[int, str]:
    """Tonic and mode of such a choice."""
    tonic, _, mode = choice.partition("-")
    return int(tonic), mode


class CorrectionForm(forms.Form):
    """Tempo and key as a person hears them; empty for what the machine heard."""

    bpm = forms.FloatField(
        label="Tempo in BPM", min_value=corrections.SLOWEST, max_value=corrections.FASTEST, required=False
    )
    key = forms.TypedChoiceField(
        label="Key", choices=[("", "As Segue heard it"), *keys()], coerce=as_key, empty_value=None, required=False
    )

    def __init__(self, *args: Any, corrected: Mapping[str, Any], **kwargs: Any) -> None:
        shown = {"bpm": corrected.get("bpm"), "key": "{}-{}".format(*corrected["key"]) if "key" in corrected else ""}
        super().__init__(*args, **{"initial": shown, **kwargs})


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that the list is narrowed down to, and the address without it."""

    label: str  # "BPM from 90", "calm"
    query: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A way to sort the list, as a link above it."""

    label: str
    query: str
    state: str  # "ascending", "descending", or empty when the list is sorted otherwise


class BrowseForm(forms.Form):
    """What the list of tracks shows, all of it in the address. What makes no sense is left out, not punished."""

    q = forms.CharField(label="Search", max_length=200, required=False)
    artist = forms.ChoiceField(
        label="Artist", choices=[("", "Any artist"), (UNNAMED, "No artist named")], required=False
    )
    bpm_min = forms.FloatField(label="BPM from", min_value=0, max_value=1000, required=False)
    bpm_max = forms.FloatField(label="BPM to", min_value=0, max_value=1000, required=False)
    year_min = forms.IntegerField(label="Year from", min_value=1000, max_value=3000, required=False)
    year_max = forms.IntegerField(label="Year to", min_value=1000, max_value=3000, required=False)
    minutes_min = forms.FloatField(label="Minutes from", min_value=0, max_value=10_000, required=False)
    minutes_max = forms.FloatField(label="Minutes to", min_value=0, max_value=10_000, required=False)
    key = forms.ChoiceField(label="Key", choices=[("", "Any key"), *keys()], required=False)
    mood = forms.ChoiceField(label="Mood", choices=[("", "Any mood"), *mood.WORDS.items()], required=False)
    genre = forms.CharField(label="Genre", max_length=200, required=False)
    sort = forms.ChoiceField(
        choices=[(f"{sign}{name}", name) for name in browse.ORDERS for sign in ("", browse.DOWN)], required=False
    )

    def __init__(self, asked: QueryDict) -> None:
        super().__init__(data=asked)
        self.full_clean()

    @property
    def order(self) -> str:
        """The order that was chosen, or the usual one."""
        return self._valid("sort") or browse.USUAL

    @property
    def narrowing(self) -> browse.Narrowing:
        """What the list is narrowed down to."""
        return browse.Narrowing(
            words=self._valid("q") or "",
            bpm=self._bounds("bpm"),
            minutes=self._bounds("minutes"),
            year=self._bounds("year"),
            key=as_key(self._valid("key")) if self._valid("key") else None,
            mood=self._valid("mood") or "",
            genre=self._valid("genre") or "",
            unnamed=self._valid("artist") == UNNAMED,
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out of the list."""
        return self.narrowing != browse.Narrowing()

    @property
    def query(self) -> str:
        """What was understood, as GET parameters, the order included."""
        return self._as_query(self._valid("sort"))

    @property
    def limits(self) -> list[Limit]:
        """Everything that narrows the list down, each with the way back."""
        values = {name: self._valid(name) for name in self.fields if name != "sort"}
        return [
            Limit(self._said(name, value), self._as_query(self._valid("sort"), without=name))
            for name, value in values.items()
            if value not in (None, "")
        ]

    @property
    def headings(self) -> list[Heading]:
        """One link for each order; the one that is chosen turns round."""
        return [self._heading(name, order) for name, order in browse.ORDERS.items()]

    def _heading(self, name: str, order: browse.Order) -> Heading:
        up, down = name, f"{browse.DOWN}{name}"
        states = {up: "ascending", down: "descending"}
        first = down if order.falling else up
        following = {up: down, down: up}.get(self.order, first)
        return Heading(order.label, self._as_query(following), states.get(self.order, ""))

    def _said(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            named: dict[Any, Any] = dict(list(field.choices))  # type: ignore[arg-type]
            return str(named[value])
        return f"“{value}”" if isinstance(value, str) else f"{field.label} {value:g}"

    def _as_query(self, sort: str, without: str = "") -> str:
        values = {name: self._valid(name) for name in self.fields if name not in ("sort", without)} | {"sort": sort}
        return urlencode({name: value for name, value in values.items() if value not in (None, "")})

    def _bounds(self, name: str) -> tuple[Any, Any]:
        low, high = self._valid(f"{name}_min"), self._valid(f"{name}_max")
        return (high, low) if low is not None and high is not None and low > high else (low, high)

    def _valid(self, name: str) -> Any:
        return self.cleaned_data.get(name)
