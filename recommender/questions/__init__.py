"""The further questions, one function each. docs/questions.md has the table."""

from recommender.asking import Answer, Result
from recommender.paths import Curve
from recommender.questions.blends import blend
from recommender.questions.described import WordsAnswer, words
from recommender.questions.filters import Filters, of_style
from recommender.questions.sets import DjAnswer, DjStep, dj_order
from recommender.questions.ways import Along, Course, PathAnswer, Step, path

__all__ = [
    "Along",
    "Answer",
    "Course",
    "Curve",
    "DjAnswer",
    "DjStep",
    "Filters",
    "PathAnswer",
    "Result",
    "Step",
    "WordsAnswer",
    "blend",
    "dj_order",
    "of_style",
    "path",
    "words",
]
