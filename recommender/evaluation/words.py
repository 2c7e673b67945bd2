"""Mood words as places on the circumplex of affect, so that a manifest with words alone still says who is near whom.

After Russell, "A circumplex model of affect" (1980); only the quadrant and the rough strength of a word matter here.
"""

from __future__ import annotations

# word: (valence, arousal), each -1..1
CIRCUMPLEX: dict[str, tuple[float, float]] = {
    "aggressive": (-0.6, 0.9), "angry": (-0.7, 0.8), "anxious": (-0.6, 0.6), "battle": (-0.2, 0.8),
    "calm": (0.4, -0.7), "cheerful": (0.8, 0.4), "dark": (-0.6, -0.1), "dramatic": (-0.2, 0.6),
    "dreamy": (0.4, -0.6), "energetic": (0.5, 0.9), "epic": (0.2, 0.7), "exciting": (0.6, 0.8),
    "fear": (-0.7, 0.6), "fun": (0.8, 0.5), "gentle": (0.5, -0.6), "gloomy": (-0.7, -0.4),
    "happy": (0.9, 0.4), "joy": (0.9, 0.5), "joyful": (0.9, 0.5), "love": (0.7, -0.2),
    "melancholic": (-0.5, -0.5), "mellow": (0.4, -0.6), "mysterious": (-0.2, -0.1), "nostalgic": (-0.1, -0.5),
    "party": (0.7, 0.8), "peaceful": (0.6, -0.8), "relaxed": (0.6, -0.7), "romantic": (0.6, -0.3),
    "sad": (-0.8, -0.5), "scary": (-0.7, 0.5), "serene": (0.6, -0.8), "soft": (0.4, -0.7),
    "tender": (0.5, -0.5), "tense": (-0.6, 0.6), "triumph": (0.7, 0.6), "upbeat": (0.7, 0.7),
}  # fmt: skip


def place(word: str) -> dict[str, float]:
    """Valence and arousal of a word, each -1..1; nothing for a word that is not known."""
    found = CIRCUMPLEX.get(word)
    return {} if found is None else {"valence": found[0], "arousal": found[1]}
