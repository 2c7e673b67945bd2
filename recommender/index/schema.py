"""What a collection in Milvus looks like: a vector, and beside it the numbers that a search may filter on."""

from __future__ import annotations

from dataclasses import asdict

from pymilvus import CollectionSchema, DataType, MilvusClient
from pymilvus.milvus_client import IndexParams

from recommender.index.base import Attributes

PARAMETERS: dict[str, dict[str, int]] = {"HNSW": {"M": 16, "efConstruction": 200}, "AUTOINDEX": {}, "FLAT": {}}


def columns(client: MilvusClient, dim: int) -> CollectionSchema:
    """An id, a vector of `dim` dimensions, and a column for each of the `Attributes`."""
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    for name, value in asdict(Attributes()).items():
        # DOUBLE, so that a bound of 118.4 BPM includes a track of 118.4 BPM.
        schema.add_field(name, DataType.DOUBLE if isinstance(value, float) else DataType.INT64)
    return schema


def graph(client: MilvusClient, kind: str) -> IndexParams:
    """How the vectors are found by inner product; `kind` is HNSW, AUTOINDEX or FLAT."""
    index = client.prepare_index_params()
    index.add_index("vector", index_type=kind, metric_type="IP", params=PARAMETERS[kind])
    return index
