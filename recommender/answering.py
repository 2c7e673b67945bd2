"""Which index version answers, and the statistics by which its tracks are seen.

A library may be fitted on itself, so two versions side by side can see the same track against different music. Within
`pinned` one version answers everything, and the facets read its statistics: a page is never half of one version and
half of the next, whenever somebody flips.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from recommender import query, results
from recommender.facets import reference
from recommender.facets.reference import Reference
from recommender.measurement import Measurement
from recommender.models import FittedReference, IndexVersion

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pin:
    """Filled by whoever asks first: most requests never do."""

    known: bool = False
    version: IndexVersion | None = None


_pin: ContextVar[_Pin | None] = ContextVar("pin", default=None)


def active() -> IndexVersion | None:
    """The version that answers, if any; within `pinned` always the same."""
    pin = _pin.get()
    if pin is None:
        return _active()
    if not pin.known:
        pin.version, pin.known = _active(), True
    return pin.version


@contextmanager
def pinned() -> Iterator[None]:
    """Let one version answer throughout a block, and facets read its statistics."""
    token = _pin.set(_Pin())
    try:
        with reference.following(lambda: statistics_of(active())):
            yield
    finally:
        _pin.reset(token)


def statistics_of(version: IndexVersion | None) -> Reference:
    """The statistics by which a version sees tracks: the shipped ones unless it has its own that this code reads."""
    fitted = version.reference_id if version else None
    return reference.shipped() if fitted is None else _read(fitted)


def seen_by(version: IndexVersion | None) -> AbstractContextManager[None]:
    """Let facets read the statistics of a version within a block."""
    return reference.using(statistics_of(version))


def present_layout(version: IndexVersion) -> query.Layout:
    """The layout that the facets of this code produce with a version's statistics."""
    with seen_by(version):
        return query.present_layout(reference.current())


def can_fill(version: IndexVersion) -> bool:
    """Whether this code can compute the vectors of a version."""
    return version.encoder == settings.ENCODER and version.fingerprint == present_layout(version).fingerprint


def packed(version: IndexVersion, measured: Measurement) -> bytes:
    """A track's vector as this version stores it."""
    with seen_by(version):
        return results.pack(query.vector(measured, reference.current()))


class OneVersionMiddleware(MiddlewareMixin):
    """One request, one index version."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answer within `pinned`."""
        if self.async_mode:
            return self.__acall__(request)
        with pinned():
            return self.get_response(request)

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer within `pinned`; the threads that views run in see it as well."""
        with pinned():
            return await cast("Awaitable[HttpResponseBase]", self.get_response(request))


def _active() -> IndexVersion | None:
    return IndexVersion.objects.filter(state=IndexVersion.State.ACTIVE).first()


@lru_cache(maxsize=4)
def _read(fitted: int) -> Reference:
    """A row never changes: another fit is another row."""
    row = FittedReference.objects.get(pk=fitted)
    try:
        return reference.read(bytes(row.statistics))
    except reference.Outdated as error:
        log.warning("%s was fitted by another version of Segue, the shipped statistics serve instead: %s", row, error)
        return reference.shipped()
