"""What listeners ask, one function a question. docs/questions.md has the table.

The web process never embeds anything: it reads stored vectors. When the index does not answer, the same question is put
to the vectors in the database, exactly, and the answer says so.
"""

from recommender.asking import Answer, Asker, Result
from recommender.paths import Curve
from recommender.questions.blends import blend
from recommender.questions.clips import clip
from recommender.questions.described import WordsAnswer, words
from recommender.questions.filters import Filters, of_style
from recommender.questions.neighbours import similar
from recommender.questions.radios import From, Start, radio, start_from
from recommender.questions.sets import DjAnswer, DjStep, dj_order
from recommender.questions.tastes import Mix, extend_playlist, for_you, mixes
from recommender.questions.ways import Along, Course, PathAnswer, Step, path

__all__ = [
    "Along",
    "Answer",
    "Asker",
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
    "similar",
    "start_from",
    "words",
]
