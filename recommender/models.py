"""What is known about how tracks sound, how far the work on them is, and what listeners did.

Rows are the truth; the queue and the vector index are servants that can be rebuilt from here.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from catalog.models import Track
from recommender.errors import CHOICES, LONGEST_DETAIL


class Analysis(models.Model):
    """The work on one track: the row is the queue, a message only wakes a worker."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being analysed"
        DONE = "done", "Analysed"
        FAILED = "failed", "Cannot be analysed"
        QUARANTINED = "quarantined", "Given up after three attempts"

    class Queue(models.IntegerChoices):  # lower goes first
        INTERACTIVE = 0, "A person waits"
        INGEST = 1, "Imported"
        BULK = 2, "Re-analysis"

    class Stage(models.TextChoices):  # what a running one is doing
        NONE = "", ""
        DECODE = "decode", "Reading the file"
        ENCODE = "encode", "Listening"
        STORE = "store", "Saving the results"

    UNLUCKY = (State.FAILED, State.QUARANTINED)  # nothing will come of it unless somebody says "retry"
    track = models.OneToOneField(Track, on_delete=models.CASCADE, related_name="analysis")
    state = models.CharField("analysis", max_length=11, choices=State, default=State.QUEUED)
    stage = models.CharField(max_length=6, choices=Stage, default=Stage.NONE, blank=True)
    queue = models.PositiveSmallIntegerField(choices=Queue, default=Queue.INGEST)
    attempts = models.PositiveSmallIntegerField(default=0)  # counted before the file is opened
    generation = models.PositiveIntegerField(default=0)  # re-analysis raises it; results of older ones are dropped
    claim = models.CharField(max_length=32, blank=True, db_index=True)  # who holds the lease, one token per claim
    worker = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField("reason", max_length=20, blank=True, choices=CHOICES)
    error_detail = models.CharField(max_length=LONGEST_DETAIL, blank=True)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "analyses"
        indexes = [
            models.Index(fields=("queue", "attempts", "queued_at"), condition=Q(state="queued"), name="analysis_turn"),
            models.Index(fields=("lease_until",), condition=Q(state="running"), name="analysis_running"),
            models.Index(fields=("finished_at",), name="analysis_finished"),  # the pace of the last minutes
        ]

    def __str__(self) -> str:
        return f"{self.track}: {self.get_state_display()}"


class Measurement(models.Model):
    """What was measured of a track, kept through re-analyses until better values replace it."""

    track = models.OneToOneField(Track, on_delete=models.CASCADE, related_name="measurement")
    bpm = models.FloatField(null=True, blank=True)  # None: no pulse worth a number
    tempo_clarity = models.FloatField()
    tempo_stability = models.FloatField()
    beat_phase = models.FloatField()  # seconds to a beat
    tempo_alternatives = models.JSONField(default=list, blank=True)
    tempo_posterior = models.BinaryField()  # float32 on measurement.GRID
    pulse = models.BinaryField(default=b"")  # what the tempo was decided from (results.pack_pulse); empty: not stored
    key_tonic = models.PositiveSmallIntegerField(null=True, blank=True)  # 0 = C
    key_mode = models.CharField(max_length=5, blank=True)
    key_strength = models.FloatField()
    key_profile = models.BinaryField()  # float32 [24]
    tuning = models.FloatField(default=0.0)  # cents
    moods = models.JSONField(default=dict, blank=True)  # axis -> percentile in the reference set, 0..1
    timbre = models.BinaryField(default=b"")  # float32 [features.timbre.DIM]; empty: measured before there was any
    loudness = models.FloatField()  # LUFS
    loudness_range = models.FloatField()  # LU
    true_peak = models.FloatField()  # dBTP
    peaks = models.BinaryField()  # int8 [800, 2]
    energy = models.BinaryField()  # float32 [64]
    codec = models.CharField(max_length=40)
    decoder = models.CharField(max_length=60)
    sample_rate = models.PositiveIntegerField()
    channels = models.PositiveIntegerField()
    packet_errors = models.PositiveIntegerField(default=0)
    truncated = models.BooleanField(default=False)
    silence_start = models.FloatField(default=0.0)
    silence_end = models.FloatField(default=0.0)
    versions = models.JSONField(default=dict)  # stage -> version
    measured_at = models.DateTimeField(auto_now=True)
    # What a person knew better, and what the machine had heard instead: {"bpm": 128.0, "key": [9, "minor"]}. The
    # columns above hold what counts; re-analysis changes what was heard, not what was corrected.
    corrected = models.JSONField(default=dict, blank=True)
    heard = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=("bpm", "track"), name="measurements_by_bpm"),
            models.Index(fields=("key_tonic", "key_mode", "track"), name="measurements_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.track}: {self.bpm or 'no'} BPM"


class Embedding(models.Model):
    """What one encoder heard in a track. Facets are computed from it again without audio and without a GPU."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="embeddings")
    encoder = models.CharField(max_length=40)
    version = models.CharField(max_length=80)
    vector = models.BinaryField()  # float32 [encoder.dim]
    tag_logits = models.BinaryField(default=b"")  # float32, linear in the vector: kept so that facets need no encoder

    class Meta:
        constraints = [models.UniqueConstraint(fields=("track", "encoder"), name="one_embedding_per_encoder")]

    def __str__(self) -> str:
        return f"{self.track} by {self.encoder}"


class FittedReference(models.Model):
    """Statistics of this very library, against which its tracks can be seen instead of the shipped ones."""

    name = models.CharField(max_length=40, unique=True)  # part of the facets' versions
    encoder = models.CharField(max_length=40)
    tracks = models.PositiveIntegerField()  # that it was fitted on
    statistics = models.BinaryField()  # what facets.reference.write gave
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.tracks} tracks)"


class IndexVersion(models.Model):
    """One layout of the vectors and the collection that holds them. Several may live side by side; one answers."""

    class State(models.TextChoices):
        BUILDING = "building", "Being filled"
        READY = "ready", "Ready to answer"
        ACTIVE = "active", "Answering"
        RETIRED = "retired", "Retired"

    collection = models.CharField(max_length=64, unique=True)
    encoder = models.CharField(max_length=40)
    layout = models.JSONField()  # query.Layout as JSON: where each facet lies, its version and its scale
    fingerprint = models.CharField(max_length=16)  # of the layout: equal for versions that hold the same vectors
    dim = models.PositiveIntegerField()
    # None: the shipped statistics.
    reference = models.ForeignKey(FittedReference, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The library's own statistics that an upgrade made useless: fitted anew when every track was heard by this code.
    gave_way = models.ForeignKey(FittedReference, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Moods of tracks after this one are still said as the version that answered before saw them; None: no more.
    moods_after = models.BigIntegerField(null=True, blank=True)
    partial_since = models.DateTimeField(null=True, blank=True)  # the index was found to lack what it had; None: whole
    settled = models.PositiveIntegerField(default=0)  # size of the library when its hubs were last measured
    state = models.CharField(max_length=8, choices=State, default=State.BUILDING)
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("state",), condition=Q(state="active"), name="one_active_index_version")
        ]

    def __str__(self) -> str:
        return f"{self.collection} ({self.get_state_display()})"


class IndexedVector(models.Model):
    """A track's row in one index version, and the outbox to it: what is not `indexed_at` must still be sent.

    `track_id` is a plain number: when a track is deleted, its row stays as a tombstone until the index forgot it.
    """

    version = models.ForeignKey(IndexVersion, on_delete=models.CASCADE, related_name="vectors")
    track_id = models.BigIntegerField()
    vector = models.BinaryField()  # float32 [version.dim], all facets concatenated
    indexed_at = models.DateTimeField(null=True, blank=True)
    removed = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=0)  # raised by every change: what was sent before it must go again

    class Meta:
        constraints = [models.UniqueConstraint(fields=("version", "track_id"), name="one_vector_per_version")]
        indexes = [
            models.Index(fields=("version", "id"), condition=Q(indexed_at=None), name="vectors_to_send"),
            # Counts and looks for changes would otherwise read past every vector: 45 ms at 100,000 tracks.
            models.Index(fields=("version", "removed", "track_id", "revision", "id"), name="vectors_without_vector"),
        ]

    def __str__(self) -> str:
        return f"{self.track_id} in {self.version_id}"


class Job(models.Model):
    """A piece of background work that can be watched, such as fetching the demo library."""

    class Kind(models.TextChoices):
        DEMO = "demo", "Demo library"
        MAP = "map", "Map of the library"
        CLIP = "clip", "What sounds like a clip"
        FIT = "fit", "The library's own statistics"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    detail = models.CharField(max_length=LONGEST_DETAIL, blank=True)  # progress or error, for a person
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="jobs")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # Of all kinds but clips, each of which is another one: who asks twice, however fast, gets the same job.
            models.UniqueConstraint(
                fields=("kind",),
                condition=Q(state__in=("queued", "running")) & ~Q(kind="clip"),
                name="one_unfinished_job_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_state_display()}"


class Clip(models.Model):
    """Some seconds of sound that a listener asks with, and what was heard in them. Its owner's alone, for a day."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="clip")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="clips")
    name = models.CharField(max_length=200)
    file = models.CharField(max_length=40)  # random name in the incoming folder; gone once it was heard
    error_code = models.CharField(max_length=20, blank=True)
    encoder = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict, blank=True)  # length, tempo and key
    tempo_posterior = models.BinaryField(default=b"")  # float32, as in Measurement
    key_profile = models.BinaryField(default=b"")
    timbre = models.BinaryField(default=b"")
    embedding = models.BinaryField(default=b"")  # empty until it was heard
    tag_logits = models.BinaryField(default=b"")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class TrackMap(models.Model):
    """The library as a flat map. The newest row is the one that is shown; the next one starts from its places."""

    version = models.ForeignKey(IndexVersion, on_delete=models.CASCADE, related_name="maps")
    places = models.BinaryField()  # mapfile: every track, also private ones; filtered for each viewer
    regions = models.JSONField(default=list)  # name, x, y in 0..1; of public tracks only
    tracks = models.PositiveIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.tracks} tracks, {self.made_at:%Y-%m-%d}"


class Listen(models.Model):
    """Something a listener did with a track. Taste is computed from these rows when it is asked for."""

    class Kind(models.TextChoices):
        PLAYED = "played", "Played"
        FINISHED = "finished", "Heard to the end"
        SKIPPED = "skipped", "Skipped"
        LIKED = "liked", "Liked"
        UNLIKED = "unliked", "Like taken back"
        LESS = "less", "Less like this"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="listens")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="listens")
    kind = models.CharField(max_length=8, choices=Kind)
    seconds = models.FloatField(default=0.0)  # how much of it was heard
    radio = models.CharField(max_length=32, blank=True)  # the radio session it happened in
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=("user", "-at"), name="listens_of_user"),
            models.Index(fields=("radio", "at"), condition=~Q(radio=""), name="listens_of_radio"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.kind} {self.track}"
