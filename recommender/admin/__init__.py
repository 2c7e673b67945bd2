"""The curators' desk: tracks with what was heard in them, the work on them, and the versions of the index.

What machines write is shown, not edited; what people may change goes through the catalogue's intake.
"""

from recommender.admin import tracks, work

__all__ = ["tracks", "work"]
