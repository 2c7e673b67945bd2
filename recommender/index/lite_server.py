"""Milvus Lite as a server for one machine: `python -m recommender.index.lite_server --data DIR --port N`.

The server that comes with Milvus Lite lets several clients write at once into a log that is not locked: killed under
four writers it lost 10,600 of 32,800 acknowledged rows. This one lets one write through at a time, closes the database
when it is asked to end, listens on loopback, and answers only who knows MILVUS_TOKEN: loopback is open to everybody
who has an account on the machine.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faiss
import grpc
import numpy as np
from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite.db import MilvusLite
from milvus_lite.engine import collection as engine
from milvus_lite.exceptions import DataDirLockedError
from milvus_lite.index.faiss_hnsw import FaissHnswIndex
from numpy.typing import NDArray
from pymilvus.grpc_gen import milvus_pb2_grpc

LOOPBACK = "127.0.0.1"
THREADS = 10
# Rows that wait in memory are searched one by one in Python: 150 ms at 10,000 rows, 14 ms once they are written out.
# Milvus Lite lets 128 MiB of them wait; with this many it writes out about every 1,000 tracks.
WAITING_BYTES = 1024 * 1024
FEW = 0.5  # share of rows that a filter keeps, up to which each of them is compared, see `search`
MESSAGE_BYTES = 256 * 1024 * 1024  # as Milvus standalone
READS = frozenset(
    {
        "Connect", "GetVersion", "CheckHealth", "HasCollection", "DescribeCollection", "ShowCollections", "Query",
        "Search", "HybridSearch", "DescribeIndex", "GetLoadingProgress", "GetLoadState", "GetFlushState",
        "GetCollectionStatistics", "ListDatabases", "DescribeDatabase", "DescribeAlias", "ListAliases",
    }
)  # fmt: skip


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


_by_graph = FaissHnswIndex.search


def search(
    graph: FaissHnswIndex,
    queries: NDArray[np.float32],
    top_k: int,
    valid_mask: NDArray[np.bool_] | None = None,
    params: dict[str, Any] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """What Milvus Lite calls to search a graph; where a filter leaves few rows it compares all of them, as Milvus does.

    From a question about 90 BPM no way through the graph leads to all that is near among 126 to 130 BPM: recall@20 of
    100,000 tracks was .81 by 2,048 candidates and .90 by 8,192 (`manage.py bench search`).
    """
    if valid_mask is None or valid_mask.mean() > FEW or top_k <= 0 or not valid_mask.any():
        return _by_graph(graph, queries, top_k, valid_mask=valid_mask, params=params)
    # The types of faiss are those of C++, before its own wrappers for Python.
    kept = faiss.IDSelectorBitmap(np.packbits(valid_mask, bitorder="little"))  # type: ignore[call-arg, arg-type]
    asked = np.ascontiguousarray(np.atleast_2d(queries), dtype=np.float32)
    only = faiss.SearchParameters(sel=kept)  # type: ignore[call-arg]
    found, ids = graph._index.storage.search(asked, top_k, params=only)
    distances = np.vectorize(graph._normalize_distance, otypes=[np.float32])(found)
    return ids, np.where(ids < 0, np.float32(np.inf), distances)


class OneWriter(grpc.ServerInterceptor):
    """Lets reads pass and everything else through one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def intercept_service(self, continuation: Callable[[Any], Any], handler_call_details: Any) -> Any:
        """Wrap the handler of a call that may write."""
        handler = continuation(handler_call_details)
        if handler is None or handler_call_details.method.rpartition("/")[2] in READS:
            return handler

        def locked(request: Any, context: Any) -> Any:
            with self._lock:
                return handler.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(locked, handler.request_deserializer, handler.response_serializer)


class Doorkeeper(grpc.ServerInterceptor):
    """Lets nobody in who does not bring the token, as pymilvus sends it."""

    def __init__(self, token: str) -> None:
        self._expected = base64.b64encode(token.encode())
        self._away = grpc.unary_unary_rpc_method_handler(self._turn_away)

    def intercept_service(self, continuation: Callable[[Any], Any], handler_call_details: Any) -> Any:
        """Go on with who is known."""
        brought = dict(handler_call_details.invocation_metadata).get("authorization", b"")
        given = brought if isinstance(brought, bytes) else brought.encode()
        # In constant time: how long it takes must not tell how much of a guess was right.
        return continuation(handler_call_details) if hmac.compare_digest(given, self._expected) else self._away

    @staticmethod
    def _turn_away(_request: Any, context: Any) -> None:
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "wrong or no token")


def serve(data: Path, port: int, token: str, host: str = LOOPBACK) -> None:
    """Serve the Milvus Lite directory `data` until SIGTERM or SIGINT; says on stdout when it is ready.

    Raises
    ------
    StartError
        When there is no token, another process has the directory open, or the port is taken.
    """
    if not token:
        raise StartError("MILVUS_TOKEN is not set: choose a secret, for this server and for all who ask it")
    engine.MEMTABLE_MEMORY_LIMIT = WAITING_BYTES
    FaissHnswIndex.search = search
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    try:
        database = MilvusLite(str(data))
    except DataDirLockedError as error:
        raise StartError(f"{data} is open in another process: end it, or use another directory") from error
    try:
        for name in database.list_collections():
            # Now, because the first of two calls at once would open it twice; and a client then finds it loaded.
            database.get_collection(name).load()
        server = _listen(database, host, port, token)
        sys.stdout.write(f"ready on {host}:{port}\n")
        sys.stdout.flush()
        stop.wait()
        server.stop(grace=5).wait()
    finally:
        database.close()


def _listen(database: MilvusLite, host: str, port: int, token: str) -> grpc.Server:
    server = grpc.server(
        ThreadPoolExecutor(THREADS),
        interceptors=[Doorkeeper(token), OneWriter()],
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES),
            ("grpc.max_send_message_length", MESSAGE_BYTES),
            # pymilvus asks every 10 s whether we live; by default a server hangs up on so much care.
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
            ("grpc.so_reuseport", 0),  # otherwise a second server takes the same port without a word
        ],
    )
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
    try:
        server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as error:
        raise StartError(f"port {port} of {host} is taken: choose another with --port") from error
    server.start()
    return server


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and serve; 1 when it cannot. The token comes in the environment, which nobody can list."""
    parser = argparse.ArgumentParser(description="Serve a Milvus Lite directory to who knows MILVUS_TOKEN.")
    parser.add_argument("--data", type=Path, required=True, help="the directory of the database")
    parser.add_argument("--port", type=int, default=19530)
    parser.add_argument("--host", default=LOOPBACK, help="listen beyond loopback; nothing is encrypted")
    options = parser.parse_args(arguments)
    try:
        serve(options.data, options.port, os.environ.get("MILVUS_TOKEN", ""), options.host)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
