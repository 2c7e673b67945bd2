"""The index in Milvus: Milvus Lite behind our own launcher, a Milvus server, or Zilliz Cloud, all by address.

One vector field holds all facets and the metric is the inner product, so a search with weighted facets is one search.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import grpc
import numpy as np
from numpy.typing import NDArray
from pymilvus import MilvusClient, MilvusException

from recommender.errors import IndexUnavailable
from recommender.index import portions, schema
from recommender.index.base import NAMES, Attributes, Filter, Hits, values_of
from recommender.index.gates import MAX_HITS, checked_rows, checked_vectors, one_query
from recommender.measurement import FloatArray

# It prints a traceback of what we catch, and sets its own loggers up when it is imported, whatever the settings say.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
T = TypeVar("T")

BULK = 1_000  # rows a message: 1,000 x 300 x 4 bytes = 1.2 MB, far below every server's limit
NOT_LOADED = 101
SEAL_TIMEOUT = 120.0  # seconds
REST = 5.0  # seconds for which a server that let a search wait in vain is not asked again: people need not wait as well
# After an outage the back-off of gRPC's shared channels grows to two minutes; with a pool of our own and these
# bounds the client is back 0.2 s after the server.
GRPC_OPTIONS = {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 1000,
}


class MilvusIndex:
    """A Milvus server by URI. Connects at the first call, once a process: a client does not survive a fork.

    Parameters
    ----------
    uri, token
        Where the server is and, for Zilliz Cloud, what opens it.
    index_type
        HNSW, AUTOINDEX (all that Zilliz Cloud knows) or FLAT.
    consistency
        Of searches. "Bounded" may miss what was written in the last 0.4 s and is fast; tests ask for "Strong".
    search_timeout, write_timeout
        Seconds until a call gives up; without them a frozen server holds a caller for a minute.
    """

    def __init__(
        self,
        uri: str,
        token: str = "",
        *,
        index_type: str = "HNSW",
        consistency: str = "Bounded",
        search_timeout: float = 1.5,
        write_timeout: float = 20.0,
    ) -> None:
        self.uri = uri
        self._token = token
        self._index_type = index_type
        self._consistency = consistency
        self._search_timeout = search_timeout
        self._write_timeout = write_timeout
        self._lock = threading.Lock()
        self._pid = 0
        self._client: MilvusClient | None = None
        self._dims: dict[str, int] = {}
        self._rests_until = 0.0

    def create(self, collection: str, dim: int) -> None:
        """Make an empty collection unless it exists with that dimension already.

        Raises
        ------
        ValueError
            When it exists with another dimension.
        IndexUnavailable
            When nobody answers.
        """
        with self._answers() as client:
            if not client.has_collection(collection, timeout=self._write_timeout):
                with suppress(MilvusException):  # somebody was faster; anything else shows in the next line
                    self._create(client, collection, dim)
            self._dims.pop(collection, None)
            found = self._dim(client, collection, self._write_timeout)
        if found != dim:
            raise ValueError(f"collection {collection} has {found} dimensions, not {dim}")

    def exists(self, collection: str) -> bool:
        """Whether there is such a collection. Raises IndexUnavailable when nobody answers."""
        with self._answers() as client:
            return bool(client.has_collection(collection, timeout=self._write_timeout))

    def drop(self, collection: str) -> None:
        """Forget a collection; no error when there is none."""
        with self._answers() as client:
            client.drop_collection(collection, timeout=self._write_timeout)
        self._dims.pop(collection, None)

    def upsert(
        self, collection: str, ids: Sequence[int], vectors: FloatArray, attributes: Sequence[Attributes]
    ) -> None:
        """Write rows; a second write of an id replaces the first.

        Raises
        ------
        ValueError
            For what `gates` refuses.
        IndexUnavailable
            When nobody answers or there is no such collection. A part of the rows may have been written: send them all
            again.
        """
        with self._answers() as client:
            checked = checked_vectors(vectors, self._dim(client, collection, self._write_timeout))
            checked_rows(ids, attributes, checked)
            rows = [
                {"id": int(track), "vector": vector, **dict(zip(NAMES, values_of(row), strict=True))}
                for track, vector, row in zip(ids, checked, attributes, strict=True)
            ]
            for start in range(0, len(rows), BULK):
                client.upsert(collection, rows[start : start + BULK], timeout=self._write_timeout)

    def delete(self, collection: str, ids: Sequence[int]) -> None:
        """Remove rows; unknown ids are ignored."""
        numbers = [int(track) for track in ids]
        with self._answers() as client:
            for start in range(0, len(numbers), BULK):
                client.delete(collection, ids=numbers[start : start + BULK], timeout=self._write_timeout)

    def seal(self, collection: str) -> None:
        """Write out what waits in memory: a server searches that through a coarse interim index, and finds less."""
        with self._answers() as client:
            client.flush(collection, timeout=SEAL_TIMEOUT)

    def search(self, collection: str, query: FloatArray, k: int, where: Filter, *, effort: int = 256) -> Hits:
        """The k best rows by inner product among those that `where` lets through. `effort` is HNSW's ef.

        Raises
        ------
        ValueError
            For a query that is not one finite vector of the collection's dimension.
        IndexUnavailable
            When nobody answers in time, or did not a moment ago, or when there is no such collection.
        """
        return self.search_each(collection, one_query(query), k, where, effort=effort)[0]

    def search_each(
        self, collection: str, queries: FloatArray, k: int, where: Filter, *, effort: int = 256
    ) -> list[Hits]:
        """What `search` answers to each of these queries [shape=(n, dim)], in one message; raises as it does."""
        if not len(queries):
            return []
        with self._patiently(), self._answers() as client:
            vectors = checked_vectors(queries, self._dim(client, collection, self._search_timeout))

            def ask(limit: int, words: str) -> list[Hits]:
                return self._search_once(client, collection, vectors, limit, words, effort)

            lists = portions.of(where.only_ids) if k > 0 else []
            parts = [portions.best(ask, min(k, MAX_HITS), where, only) for only in lists]
        return [portions.merged([part[place] for part in parts], max(k, 0)) for place in range(len(queries))]

    def count(self, collection: str) -> int:
        """Number of rows, read with strong consistency."""
        rows = self._query(collection, "", ["count(*)"])
        return int(rows[0]["count(*)"])

    def ids_between(self, collection: str, low: int, high: int) -> NDArray[np.int64]:
        """Ids in [low, high), ascending, read with strong consistency."""
        rows = self._query(collection, f"id >= {int(low)} and id < {int(high)}", ["id"])
        return np.sort(np.fromiter((row["id"] for row in rows), np.int64, len(rows)))

    def _search_once(
        self, client: MilvusClient, collection: str, vectors: FloatArray, limit: int, words: str, effort: int
    ) -> list[Hits]:
        """One RPC, `words` being the filter expression; loads the collection when a restart released it."""
        parameters = {"ef": max(effort, limit)} if self._index_type == "HNSW" else {}
        found = self._loaded(
            client,
            collection,
            lambda: client.search(
                collection,
                list(vectors),
                filter=words,
                limit=limit,
                search_params={"metric_type": "IP", "params": parameters},
                consistency_level=self._consistency,
                timeout=self._search_timeout,
            ),
            self._search_timeout,
        )
        return [
            Hits(
                ids=np.fromiter((hit["id"] for hit in hits), np.int64, len(hits)),
                scores=np.fromiter((hit["distance"] for hit in hits), np.float32, len(hits)),
            )
            for hits in found
        ]

    def _query(self, collection: str, words: str, columns: list[str]) -> list[dict[str, Any]]:
        with self._answers() as client:
            return self._loaded(
                client,
                collection,
                lambda: client.query(
                    collection,
                    filter=words,
                    output_fields=columns,
                    consistency_level="Strong",
                    timeout=self._write_timeout,
                ),
                self._write_timeout,
            )

    def _loaded(self, client: MilvusClient, collection: str, call: Callable[[], T], timeout: float) -> T:
        try:
            return call()
        except MilvusException as error:
            if error.code != NOT_LOADED:
                raise
        client.load_collection(collection, timeout=timeout)
        return call()

    def _create(self, client: MilvusClient, collection: str, dim: int) -> None:
        try:
            client.create_collection(
                collection,
                schema=schema.columns(client, dim),
                index_params=schema.graph(client, self._index_type),
                consistency_level="Bounded",
                timeout=self._write_timeout,
            )
        except MilvusException:  # another process was faster by a moment
            if not client.has_collection(collection, timeout=self._write_timeout):
                raise
        client.load_collection(collection, timeout=self._write_timeout)

    def _dim(self, client: MilvusClient, collection: str, timeout: float) -> int:
        if collection not in self._dims:
            told = client.describe_collection(collection, timeout=timeout)
            self._dims[collection] = next(
                int(field["params"]["dim"]) for field in told["fields"] if field["name"] == "vector"
            )
        return self._dims[collection]

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        """Let one search find out that the server hangs, not every one; one that refuses says so at once."""
        began = time.monotonic()
        if began < self._rests_until:
            raise IndexUnavailable("it did not answer a moment ago")
        try:
            yield
        except IndexUnavailable:
            if time.monotonic() - began >= self._search_timeout / 2:
                self._rests_until = time.monotonic() + REST
            raise

    @contextmanager
    def _answers(self) -> Iterator[MilvusClient]:
        """The client; what goes wrong with the server inside comes out as IndexUnavailable."""
        try:
            yield self._connected()
        except (MilvusException, grpc.RpcError) as error:
            self._dims.clear()  # it may come back as another server
            raise IndexUnavailable(_reason(error)) from error  # who catches it says what follows, in one line

    def _connected(self) -> MilvusClient:
        if self._pid != os.getpid():  # a fork happened: neither the client nor the lock can be trusted any more
            self._lock, self._client, self._pid = threading.Lock(), None, os.getpid()
        with self._lock:
            if self._client is None:
                self._client = MilvusClient(
                    self.uri,
                    token=self._token,
                    timeout=self._search_timeout,
                    dedicated=True,
                    grpc_options=GRPC_OPTIONS,
                )
            return self._client


def _reason(error: MilvusException | grpc.RpcError) -> str:
    """What is wrong, for the log and the operator. pymilvus hides behind its own words why it could not connect."""
    cause = error.__cause__ if isinstance(error.__cause__, grpc.RpcError) else error
    told = cause.message if isinstance(cause, MilvusException) else f"{cause.code().name}: {cause.details()}"
    refused = any(sign in told for sign in ("UNAUTHENTICATED", "auth check failure"))
    return f"it does not accept our MILVUS_TOKEN ({told})" if refused else told
