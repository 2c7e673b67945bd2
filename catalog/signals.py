"""All that leaves the catalogue. Sent inside the transaction that changes the rows."""

from django.dispatch import Signal

track_added = Signal()  # track: Track, urgent: bool (a person waits for it)
track_removed = Signal()  # track_id: int
tracks_changed = Signal()  # track_ids: list[int]; artist, album, year, or who may hear it: what a search filters on
