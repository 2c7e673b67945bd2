"""The further questions, one function each. docs/questions.md has the table."""

from recommender.asking import Answer, Result
from recommender.paths import Curve
from recommender.questions.blends import blend
from recommender.questions.described import WordsAnswer, words
from recommender.questions.filters import Filters, of_style
from recommender.questions.heard import clip
from recommender.questions.radios import From, Start, radio, start_from
from recommender.questions.sets import DjAnswer, DjStep, dj_order
from recommender.questions.tastes import Mix, extend_playlist, for_you, mixes
from recommender.questions.ways import Along, Course, PathAnswer, Step, path

__all__ = [
    "Along",
    "Answer",
    "Course",
    "Curve",
    "DjAnswer",
    "DjStep",
    "Filters",
    "From",
    "Mix",
    "PathAnswer",
    "Result",
    "Start",
    "Step",
    "WordsAnswer",
    "blend",
    "clip",
    "dj_order",
    "extend_playlist",
    "for_you",
    "mixes",
    "of_style",
    "path",
    "radio",
    "start_from",
    "words",
]
