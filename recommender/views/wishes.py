"""Music without a track to start from: what words describe, what a listener may like, the mixes of the day."""

from __future__ import annotations

import re
import unicodedata

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import Request, listener, two_answers
from catalog import search
from recommender import questions
from recommender.facets import default_weights
from recommender.forms import WeightsForm
from recommender.phrases import LONGEST_TEXT, Unknown
from recommender.questions import Asker
from recommender.views.knobs import BOLDNESS, VARIETY, FilterForm, facet_knobs, tuned
from recommender.views.lookup import answer, joined

SHELF = 12
RADIO_SEEDS = 20  # tracks of a mix that its radio begins with
EXAMPLES = ("calm piano", "energetic electronic, no vocals", "sad strings, slow", "rock around 140 bpm", "dark ambient")


@require_GET
def words(request: Request) -> HttpResponse:
    """What a line of text describes, and how the line was understood.

    Template recommender/words.html: `q`, `longest` (characters), `understood`, `unknown`, `named` (a search for what
    was not understood, where it is in the name of something), `answer`.
    """
    viewer = listener(request)
    q = request.GET.get("q", "").strip()[:LONGEST_TEXT]
    narrow, variety = FilterForm(request.GET), VARIETY.read(request.GET)
    rest = joined(urlencode({"variety": variety.shown}), narrow.filters.query)
    found = questions.words(q, Asker.of(viewer), narrow.filters, k=30, variety=variety.value)
    context = {
        "q": q,
        "longest": LONGEST_TEXT,
        "understood": _understood(found),
        "unknown": [
            {
                "word": each.word,
                "suggestion": each.suggestion,
                "query": joined(urlencode({"q": _corrected(q, each)}), rest),
            }
            for each in found.unknown
        ],
        "named": _named(found, viewer),
        "answer": found.answer,
        "examples": EXAMPLES,
        "knobs": [variety],
        "tuned": tuned([variety], None, narrow.said),
        "filter_form": narrow,
        "radio_from": ("words", q),
        "radio_query": rest,
    }
    return answer(request, "recommender/words.html", context, joined(urlencode({"q": q}), rest))


@require_GET
def for_you(request: Request) -> HttpResponse:
    """What the listener may like, steered by how bold they feel and what counts as alike."""
    form, narrow = WeightsForm(request.GET), FilterForm(request.GET, liked=False)
    boldness = BOLDNESS.read(request.GET)
    found = questions.for_you(Asker.of(listener(request)), form.weights, narrow.filters, boldness=boldness.value)
    knobs = [boldness, *facet_knobs(form)]
    context = {
        "answer": found,
        "form": form,
        "knobs": knobs,
        "tuned": tuned(knobs, form, narrow.said),
        "filter_form": narrow,
    }
    query = joined(urlencode({"boldness": boldness.shown}), form.query, narrow.filters.query)
    return answer(request, "recommender/for_you.html", context, query)


@require_GET
def yours(request: Request) -> HttpResponse:
    """The part of the home page that takes a moment: mixes, and a shelf for the listener."""
    asker, weights = Asker.of(listener(request)), default_weights()
    answer = questions.for_you(asker, weights, k=SHELF, explained=False)
    context = {"mixes": questions.mixes(asker, weights), "answer": answer}
    return two_answers(render(request, "recommender/_yours.html", context))


@require_GET
def mix(request: Request, number: int) -> HttpResponse:
    """One of the mixes of the day."""
    mixes = questions.mixes(Asker.of(listener(request)), default_weights(), opened=number)
    chosen = next((one for one in mixes if one.number == number), None)
    if chosen is None:
        raise Http404
    others = [one for one in mixes if one is not chosen]
    ids = ",".join(str(result.track.pk) for result in chosen.results[:RADIO_SEEDS])
    return render(request, "recommender/mix.html", {"mix": chosen, "others": others, "ids": ids})


def _corrected(text: str, unknown: Unknown) -> str:
    """The text with the suggested word, however the unknown one was written."""
    typed = unicodedata.normalize("NFKC", text)
    return re.sub(rf"(?<!\w){re.escape(unknown.word)}(?!\w)", unknown.suggestion, typed, flags=re.IGNORECASE)


def _named(found: questions.WordsAnswer, viewer: User) -> str:
    """The search for words that describe nothing, where it finds something: "vivaldi" may stand in a title."""
    words = " ".join(each.word for each in found.unknown if not each.suggestion)
    return urlencode({"q": words}) if words and search.find(words, viewer, tracks=1, others=1) else ""


def _understood(found: questions.WordsAnswer) -> list[dict[str, object]]:
    chips: list[dict[str, object]] = [{"meaning": term.meaning, "refused": term.strength < 0} for term in found.terms]
    low, high = found.bpm
    if low is not None and high is not None:
        chips.append({"meaning": f"{low:.0f} to {high:.0f} BPM", "refused": False})
    elif low is not None or high is not None:
        chips.append({"meaning": f"from {low:.0f} BPM" if low is not None else f"up to {high:.0f} BPM"})
    return chips
