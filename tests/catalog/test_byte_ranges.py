from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.byte_ranges import Span, Unsatisfiable, asked_span

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-99", Span(0, 100)),
        ("bytes=999-999", Span(999, 1000)),
        ("bytes=500-", Span(500, 1000)),
        ("bytes=-1", Span(999, 1000)),
        ("bytes=-5000", Span(0, 1000)),
        ("bytes=0-5000", Span(0, 1000)),
        ("BYTES = 5 - 9", Span(5, 10)),
        ("bytes=0-1,5-9", None),
        ("bytes=9-5", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("lines=0-9", None),
        ("bytes=--5", None),
        ("bytes=\u0663-\u0665", None),  # digits, but not ASCII
        ("", None),
    ],
)
def test_what_is_asked(header: str, span: Span | None) -> None:
    assert asked_span(header, SIZE) == span


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=99999999999-"])
def test_behind_the_end(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        asked_span(header, SIZE)


@given(st.text(alphabet="bytes=-,0123456789 ", max_size=40), st.integers(0, 10_000))
def test_never_outside_the_file(header: str, size: int) -> None:
    try:
        span = asked_span(header, size)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.start < span.stop <= size


def test_a_header_of_blanks_costs_no_time() -> None:
    """Twice as many took four times as long."""
    begun = time.thread_time()
    assert asked_span("bytes=" + " " * 200_000 + "x", 100) is None
    assert time.thread_time() - begun < 0.5
