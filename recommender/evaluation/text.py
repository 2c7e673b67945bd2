"""The report as a page of text: what one wants to see first. Everything else is in the JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Plain = dict[str, Any]

SHOWN = {
    "p1": "P@1",
    "p10": "P@10",
    "map": "mAP",
    "p1_filtered": "P@1, other artists",
    "map_filtered": "mAP, other artists",
}
MAIN = ("segue", "rival", "random")


def lines(report: Plain) -> Iterator[str]:
    """The report, line by line."""
    about = report["recordings"]
    yield f"{about['analysed']} of {about['named']} recordings analysed"
    for one in about["failed"]:
        yield f"  left out: {one['path']}: {one['error']}"
    yield from _measured(report["measured"])
    yield from _compared(report)
    yield from _sliders(report)
    for name, found in report["listener"].items():
        if found["gain"]["n"]:
            yield (
                f"listener with a taste for one {name}: precision {_figure(found['before'])} -> "
                f"{_figure(found['after'])}, gain {_figure(found['gain'])}"
            )
    yield from _words(report["words"])


def _measured(found: Plain) -> Iterator[str]:
    for subject in ("tempo", "key"):
        known = {name: figure for name, figure in found[subject].items() if figure["n"]}
        if known:
            yield f"{subject}: " + ", ".join(f"{name} {_figure(figure)}" for name, figure in known.items())
    for name, figure in found["mood"].items():
        yield f"mood, {name}: Spearman {_figure(figure)}"


def _compared(report: Plain) -> Iterator[str]:
    methods = report["methods"]
    yield f"{'':34}{'segue':>24}{'rival':>24}{'random':>24}{'segue / rival':>24}"

    def row(title: str, *keys: str) -> Iterator[str]:
        figures = [_reach(methods[name], keys) for name in MAIN]
        if figures[0]["n"]:
            cells = [*figures, _reach(report["against_rival"], keys)]
            yield f"{title:34}" + "".join(f"{_figure(cell):>24}" for cell in cells)

    for label, scores in methods["segue"]["retrieval"].items():
        for score, words in SHOWN.items():
            if score in scores:
                yield from row(f"{label} {words}", "retrieval", label, score)
    yield from row("tempo match@10", "tempo_match10")
    yield from row("mood distance (lower is better)", "mood_distance")
    for key in ("skew", "never_recommended"):
        yield f"hubs: {key:28}" + "".join(f"{_figure(methods[name]['hubness'][key]):>24}" for name in MAIN)


def _sliders(report: Plain) -> Iterator[str]:
    ceiling = report["tempo_match10_ceiling"]
    for name, method in report["methods"].items():
        if method["positions"] is None:
            continue
        at = " ".join(f"{facet} {position:g}" for facet, position in method["positions"].items())
        yield f"{name} ({at}): tempo match@10 {_figure(method['tempo_match10'])}, mood distance " + ", ".join(
            [_figure(method["mood_distance"]), *(f"{c} {_figure(f)}" for c, f in method["mood_distance_by"].items())]
        )
    yield f"tempo match@10 that no ranking can exceed: {_figure(ceiling)}"


def _words(found: Plain) -> Iterator[str]:
    for label, judged in found["labels"].items():
        auc, p20 = judged["auc"], judged["p20"]
        yield f"words, {label}: AUC {_figure(auc)}, P@20 {_figure(p20)} over {auc['n']} values"
        for value, figures in judged["values"].items():
            yield f"  {value:32}AUC {_figure(figures['auc'])}, P@20 {_figure(figures['p20'])} of {figures['auc']['n']}"
        for value, words in judged["unknown"].items():
            yield f"  {value:32}not understood: {', '.join(words) or 'nothing is asked'}"
    for name, by in found["ratings"].items():
        yield f"words, {name}: Spearman of " + ", ".join(f"{word} {_figure(figure)}" for word, figure in by.items())


def _reach(plain: Plain, keys: tuple[str, ...]) -> Plain:
    for key in keys:
        plain = plain[key]
    return plain


def _figure(figure: Plain) -> str:
    return "-" if figure["mean"] is None else f"{figure['mean']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
