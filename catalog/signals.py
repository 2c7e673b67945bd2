"""All that leaves the catalogue. Sent inside the transaction that changes the rows."""

from django.dispatch import Signal

track_added = Signal()  # track: Track, urgent: bool (a person waits for it)
track_removed = Signal()  # track_id: int
track_changed = (
    Signal()
)  # track: Track; something that a search filters on (artist, album, year, who may see it, whether it is set aside)
