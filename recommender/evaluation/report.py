"""Everything that `manage.py evaluate` says, as plain data. The keys are documented in docs/quality.md and stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from recommender import query
from recommender.evaluation import described, keys, listener, manifest, methods, metrics
from recommender.evaluation.metrics import Figure, Floats, Labels, Ranking
from recommender.evaluation.moods import heard_mood
from recommender.evaluation.study import Study
from recommender.facets import FACETS, default_weights, reference
from recommender.facets.reference import Reference
from recommender.measurement import FloatArray
from recommender.words import TextEncoder

FORMAT = 1  # of the report
FILTERED = ("album", "group", "style", "mood")  # an artist filter leaves nothing of the artist's own label

Plain = dict[str, Any]


class _Truth:
    """What the manifest says about the recordings that could be analysed, as arrays."""

    def __init__(self, study: Study) -> None:
        known = study.recordings
        self.labels = {name: manifest.labels(known, name) for name in manifest.LABELS}
        self.labels = {name: codes for name, codes in self.labels.items() if _repeats(codes)}
        self.bpm = manifest.column(known, "bpm")
        columns = {name: manifest.column(known, name) for name in manifest.MOODS}
        self.moods = {name: values for name, values in columns.items() if np.isfinite(values).sum() > 1}
        self.keys = [keys.parse(one.key) for one in known]


def report(study: Study, reader: TextEncoder) -> Plain:
    """All figures about a study; `reader` understands the words."""
    truth = _Truth(study)
    usual = reference.shipped()
    layout = query.present_layout(usual)
    vectors = methods.indexed([query.vector(one, usual) for one in study.measurements], layout)
    positions = slider_positions()
    rankings = {name: methods.ours(vectors, at, layout) for name, at in positions.items()}
    rankings["rival"] = methods.cosine(study.rival)
    rankings["random"] = methods.chance(len(vectors))
    raw = {name: _raw(ranking, truth) for name, ranking in rankings.items()}
    return {
        "format": FORMAT,
        "recordings": _recordings(study, truth),
        "versions": dict(study.versions),
        "measured": _measured(study, truth, usual),
        "methods": {
            name: {"positions": positions.get(name), **_figures(raw[name]), "hubness": _plain(metrics.hubness(ranking))}
            for name, ranking in rankings.items()
        },
        "against_rival": _figures(raw["segue"], raw["rival"]),
        "tempo_match10_ceiling": metrics.figure(metrics.tempo_ceiling(truth.bpm)).to_json(),
        "listener": _listener(vectors, methods.asking(vectors, positions["segue"], layout), truth),
        "words": _words(study, truth, described.Asker(reader, vectors, layout, usual)),
    }


def slider_positions() -> dict[str, dict[str, float]]:
    """The sliders as the page shows them first ("segue"), and with each of them pushed to its end."""
    usual = default_weights()
    return {"segue": usual, **{f"segue_{facet.name}_max": {**usual, facet.name: 1.0} for facet in FACETS}}


def _raw(ranking: Ranking, truth: _Truth) -> dict[str, Any]:
    """One value per query for everything that a ranking is judged by."""
    artists = truth.labels.get("artist")
    found: dict[str, Any] = {"retrieval": {}, "mood_distance_by": {}}
    for name, codes in truth.labels.items():
        found["retrieval"][name] = metrics.retrieval(ranking, codes)
        if artists is not None and name in FILTERED:
            filtered = metrics.retrieval(ranking, codes, artists)
            found["retrieval"][name] |= {f"{score}_filtered": values for score, values in filtered.items()}
    found["tempo_match10"] = metrics.tempo_match(ranking, truth.bpm)
    for name, values in truth.moods.items():
        found["mood_distance_by"][name] = metrics.mood_distance(ranking, values[:, None])
    together = np.stack(list(truth.moods.values()), axis=1) if truth.moods else np.zeros((len(ranking), 0))
    found["mood_distance"] = metrics.mood_distance(ranking, together)
    return found


def _figures(ours: Mapping[str, Any], theirs: Mapping[str, Any] | None = None) -> Plain:
    """Means of raw values, or ratios of ours to theirs, in the same shape."""
    found: Plain = {}
    for name, values in ours.items():
        other = None if theirs is None else theirs[name]
        if isinstance(values, dict):
            found[name] = _figures(values, other)
        else:
            figure = metrics.figure(values) if other is None else metrics.ratio(values, other)
            found[name] = figure.to_json()
    return found


def _plain(figures: Mapping[str, Figure]) -> Plain:
    return {name: figure.to_json() for name, figure in figures.items()}


def _recordings(study: Study, truth: _Truth) -> Plain:
    return {
        "named": len(study.recordings) + len(study.failed),
        "analysed": len(study.recordings),
        "failed": [{"path": str(one.path), "error": one.error} for one in study.failed],
        "labels": {
            name: {"known": int((codes >= 0).sum()), "values": int(codes.max()) + 1}
            for name, codes in truth.labels.items()
        },
    }


def _measured(study: Study, truth: _Truth, usual: Reference) -> Plain:
    """How right the measured values themselves are."""
    heard = np.array([np.nan if one.tempo.bpm is None else one.tempo.bpm for one in study.measurements], np.float64)
    tempo = metrics.tempo_accuracy(heard, truth.bpm)
    return {
        "tempo": {name: metrics.figure(values).to_json() for name, values in tempo.items()},
        "key": {
            "mirex": metrics.figure(_key_scores(study, truth, keys.mirex)).to_json(),
            "exact": metrics.figure(_key_scores(study, truth, lambda ours, known: float(ours == known))).to_json(),
        },
        "mood": {
            name: metrics.spearman(heard_mood(name, study.measurements, usual), values).to_json()
            for name, values in truth.moods.items()
        },
    }


def _key_scores(study: Study, truth: _Truth, score: Callable[[keys.Parsed | None, keys.Parsed], float]) -> Floats:
    found = []
    for one, known in zip(study.measurements, truth.keys, strict=True):
        ours = None if one.key.tonic is None else (one.key.tonic, one.key.mode)
        found.append(np.nan if known is None else score(ours, known))
    return np.array(found)


def _listener(vectors: FloatArray, ask: listener.Ask, truth: _Truth) -> Plain:
    """Gain of feedback for every label as a hidden taste."""
    found: Plain = {}
    for name, codes in truth.labels.items():
        before, after = listener.gains(vectors, ask, codes)
        found[name] = {
            "before": metrics.figure(before).to_json(),
            "after": metrics.figure(after).to_json(),
            "gain": metrics.figure(after - before).to_json(),
        }
    return found


def _words(study: Study, truth: _Truth, asker: described.Asker) -> Plain:
    """What asking in words finds: for the labels by their own values, for ratings by the words that the site says."""
    return {
        "reader": asker.reader.name,
        "labels": {
            name: {
                "auc": judged.mean("auc").to_json(),
                "p20": judged.mean("p20").to_json(),
                "values": {value: _plain(figures) for value, figures in judged.values.items()},
                "unknown": judged.unknown,
            }
            for name, judged in described.labels(study.recordings, asker).items()
        },
        "ratings": {name: _plain(figures) for name, figures in described.ratings(truth.moods, asker).items()},
    }


def _repeats(codes: Labels) -> bool:
    """Whether a label has two values at least, one of them twice: otherwise nothing can be found or missed."""
    counts = np.bincount(codes[codes >= 0])
    return len(counts) > 1 and bool((counts > 1).any())
