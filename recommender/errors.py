"""What can go wrong between a file and its neighbours, and whether trying again can help."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias, TypeVar

T = TypeVar("T")
LONGEST_DETAIL = 500  # characters of what a cell may say beside a code, and of what rows keep of it


class Code(StrEnum):
    """Why a track has no measurements. Every code is explained in docs/errors.md."""

    NOT_AUDIO = "not_audio"  # no audio stream in a format that we accept
    UNDECODABLE = "undecodable"  # a stream, but nothing in it decodes
    TOO_SHORT = "too_short"  # less sound than one encoder window, or next to none between the silences at its ends
    SILENT = "silent"  # nothing rises above -80 dB
    TOO_COSTLY = "too_costly"  # reading it takes more CPU than any recording does
    FILE_MISSING = "file_missing"  # the stored file is gone
    CELL_MEMORY = "cell_memory"  # the decoder wanted more memory than its cell has
    CELL_TIMEOUT = "cell_timeout"  # the decoder ran longer than its cell allows
    CELL_CRASHED = "cell_crashed"  # the decoder took its cell down
    WORKER_LOST = "worker_lost"  # the worker vanished in the middle


WORDS = {  # for people, after "Cannot be analysed:", hence without a colon of their own
    Code.NOT_AUDIO: "the file contains no audio in a format that Segue knows",
    Code.UNDECODABLE: "the file is damaged, and nothing in it can be decoded",
    Code.TOO_SHORT: "it holds less than three seconds of sound",
    Code.SILENT: "it is nothing but silence",
    Code.TOO_COSTLY: "reading it takes more computing than any recording does",
    Code.FILE_MISSING: "its file is missing from the storage",
    Code.CELL_MEMORY: "decoding it needs more memory than is allowed",
    Code.CELL_TIMEOUT: "decoding it takes longer than is allowed",
    Code.CELL_CRASHED: "the decoder crashed on it",
    Code.WORKER_LOST: "the worker died three times while working on it",
}
UNPLAYABLE = frozenset({Code.NOT_AUDIO, Code.UNDECODABLE, Code.FILE_MISSING})  # nobody is told that it plays anyhow
CHOICES = [(code.value, words) for code, words in WORDS.items()]


class _Coded(Exception):
    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail


class AnalysisError(_Coded):
    """A final answer about one file: shown to people, never retried by itself."""


class CellDied(_Coded):
    """The child process died over one file: a counted attempt; the third quarantines the track."""


Outcome: TypeAlias = T | AnalysisError | CellDied  # of one file: what was asked of it, or what went wrong, as a value


class IndexUnavailable(Exception):
    """The vector index does not answer. Nothing is lost: the database keeps the vectors, ask again later."""


class ModelMissing(Exception):
    """The weights of an encoder are not on this machine; the message says which command brings them."""
