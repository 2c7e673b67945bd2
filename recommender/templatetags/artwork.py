"""A picture for tracks without a cover: drawn from the file's SHA-256, so that it is the same everywhere and for ever.

Flat shapes with presentation attributes only: no style attribute, no gradient id, nothing that a strict content
security policy would refuse, and small enough to stand in every row of a list.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils.safestring import SafeString, mark_safe

SIDE = 96
PALETTES = (  # ground, then three inks that go with it
    ("#1f2a44", "#f2b263", "#e2725b", "#f6e7cf"),
    ("#f3e3c8", "#d1495b", "#2e4057", "#edae49"),
    ("#0f4c4a", "#f4d58d", "#bf4342", "#8d99ae"),
    ("#3d1f3b", "#f28482", "#f6bd60", "#84a59d"),
    ("#e9ece5", "#3a5a40", "#d98e04", "#1b2a24"),
    ("#5a2a27", "#ffb997", "#f67e7d", "#fff1d0"),
    ("#14213d", "#8ecae6", "#fca311", "#e5e5e5"),
    ("#dfe7ec", "#355070", "#e56b6f", "#eaac8b"),
    ("#283d3b", "#edddd4", "#c44536", "#83c5be"),
    ("#f6d6ba", "#7a4988", "#e4572e", "#29335c"),
    ("#22223b", "#c9ada7", "#9a8c98", "#f2e9e4"),
    ("#faf0ca", "#0d3b66", "#ee964b", "#f95738"),
)


def drawing(digest: str) -> SafeString:
    """Return a square SVG for a hexadecimal digest of at least 24 digits; hidden from assistive technology."""
    numbers = list(bytes.fromhex(digest[:24]))
    ground, *inks = PALETTES[numbers[0] % len(PALETTES)]
    turn = numbers[1] % 3
    inks = inks[turn:] + inks[:turn]
    shapes = COMPOSITIONS[numbers[2] % len(COMPOSITIONS)](numbers[3:], inks)
    return mark_safe(  # noqa: S308 - numbers and constants, nothing that a person wrote
        f'<svg viewBox="0 0 {SIDE} {SIDE}" aria-hidden="true" focusable="false" preserveAspectRatio="xMidYMid slice">'
        f'<rect width="{SIDE}" height="{SIDE}" fill="{ground}"/>{shapes}</svg>'
    )


def _circle(x: float, y: float, radius: float, paint: str) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" {paint}/>'


def _moons(numbers: list[int], inks: list[str]) -> str:
    """Two large discs that pass each other, and a small one."""
    first, second = 26 + numbers[0] % 14, 22 + numbers[1] % 16
    x, y = 30 + numbers[2] % 12, 34 + numbers[3] % 28
    return (
        _circle(x, y, first, f'fill="{inks[0]}"')
        + _circle(x + 28, SIDE - y, second, f'fill="{inks[1]}" fill-opacity=".85"')
        + _circle(14 + numbers[4] % 68, 14 + numbers[5] % 20, 5, f'fill="{inks[2]}"')
    )


def _rings(numbers: list[int], inks: list[str]) -> str:
    """Grooves that spread from a corner."""
    x, y = (numbers[0] % 2) * SIDE, (numbers[1] % 2) * SIDE
    width = 7 + numbers[2] % 6
    return "".join(
        _circle(x, y, radius, f'fill="none" stroke="{inks[step % 3]}" stroke-width="{width}"')
        for step, radius in enumerate(range(14, 120, width * 2))
    )


def _hills(numbers: list[int], inks: list[str]) -> str:
    """A sun above three slopes."""
    sun = _circle(20 + numbers[0] % 56, 22 + numbers[1] % 20, 11 + numbers[2] % 8, f'fill="{inks[0]}"')
    slopes = "".join(
        f'<path d="M0 {52 + step * 14 + numbers[3 + step] % 10} Q{24 + numbers[6] % 16} '
        f"{30 + step * 16 + numbers[4 + step] % 14} 48 {50 + step * 14} T96 {46 + step * 15 + numbers[5 + step] % 10} "
        f'V96 H0Z" fill="{inks[(step + 1) % 3]}" fill-opacity="{0.6 + step * 0.2:.1f}"/>'
        for step in range(3)
    )
    return sun + slopes


def _levels(numbers: list[int], inks: list[str]) -> str:
    """Round-ended bars, like the level meter of a small orchestra."""
    return "".join(
        f'<rect x="{11.5 + step * 13}" y="{(SIDE - height) / 2:.0f}" width="8" height="{height}" rx="4" '
        f'fill="{inks[(number >> 4) % 3]}"/>'
        for step, number in enumerate(numbers[:6])
        for height in (20 + number % 56,)
    )


def _tiles(numbers: list[int], inks: list[str]) -> str:
    """Quarter discs on a grid of three by three."""
    arcs = (
        "M0 0H32A32 32 0 0 1 0 32Z",
        "M32 0V32A32 32 0 0 1 0 0Z",
        "M32 32H0A32 32 0 0 1 32 0Z",
        "M0 32V0A32 32 0 0 1 32 32Z",
    )
    return "".join(
        f'<path transform="translate({(step % 3) * 32} {(step // 3) * 32})" d="{arcs[number % 4]}" '
        f'fill="{ink}" stroke="{ink}" stroke-width=".3"/>'  # the thin line hides seams between tiles of one colour
        for step, number in enumerate(numbers[:9])
        for ink in (inks[(number >> 3) % 3],)
    )


COMPOSITIONS: tuple[Callable[[list[int], list[str]], str], ...] = (_moons, _rings, _hills, _levels, _tiles)
