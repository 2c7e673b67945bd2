"""Where neighbours are found. `open_index` is the way in; pymilvus costs two seconds and loads at its first call."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from recommender.index.base import Attributes, Filter, Hits, VectorIndex

__all__ = ["Attributes", "Filter", "Hits", "VectorIndex", "open_index"]


@cache
def open_index(uri: str, token: str = "", index_type: str = "HNSW") -> VectorIndex:
    """The index behind an address; the same object at every call, safe to share between threads and over forks.

    Parameters
    ----------
    uri
        `http://host:port` of a Milvus server, of `manage.py vectorserver`, or of Zilliz Cloud.
    token
        Needed by Zilliz Cloud and by servers with authentication.
    index_type
        HNSW, AUTOINDEX or FLAT.
    """
    index: VectorIndex = import_module("recommender.index.milvus").MilvusIndex(uri, token, index_type=index_type)
    return index
