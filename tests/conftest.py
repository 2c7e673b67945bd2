"""Servers that several tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes import lite_server


@pytest.fixture(scope="session")
def milvus_lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Milvus Lite server; a test uses collections of its own in it."""
    with lite_server(tmp_path_factory.mktemp("index") / "data") as (address, _process):
        yield address
