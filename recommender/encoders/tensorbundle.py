"""Reads TensorFlow-1 checkpoints (the "tensor bundle" format) with numpy alone.

The published MusiCNN weights are such checkpoints; TensorFlow itself would be a dependency of a gigabyte for one
conversion. A bundle is two files: `.index`, a sorted string table in LevelDB's block format whose values are
protocol-buffer messages that say where each tensor lies, and `.data-00000-of-00001`, the tensors' bytes.

Sources: LevelDB's doc/table_format.md; tensorflow/core/protobuf/tensor_bundle.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOOTER_BYTES = 48
TABLE_MAGIC = 0xDB4775248B80FB57
BLOCK_UNCOMPRESSED = 0
DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    2: np.dtype("<f8"),
    3: np.dtype("<i4"),
    9: np.dtype("<i8"),
}  # DataType of types.proto

# Field numbers of BundleEntryProto.
ENTRY_DTYPE, ENTRY_SHAPE, ENTRY_SHARD, ENTRY_OFFSET, ENTRY_SIZE = 1, 2, 3, 4, 5
SHAPE_DIM, DIM_SIZE = 2, 1

# Wire types of protocol buffers.
VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5


class BundleError(ValueError):
    """The file is not a tensor bundle, or one of a kind that this reader does not know."""


def read_bundle(prefix: Path) -> dict[str, NDArray[np.generic]]:
    """Read every tensor of a checkpoint.

    Parameters
    ----------
    prefix : Path
        What the checkpoint was saved as; ".index" and ".data-00000-of-00001" are appended to it. MusiCNN's checkpoints
        were saved under an empty name, so their prefix ends with a slash: pass the folder.

    Returns
    -------
    dict of str to array
        Variable name -> value, optimizer slots included.

    Raises
    ------
    BundleError
        When the bytes are not what the format promises.
    """
    stem = f"{prefix}/" if prefix.is_dir() else str(prefix)
    index = Path(f"{stem}.index").read_bytes()
    data = Path(f"{stem}.data-00000-of-00001").read_bytes()
    return {name.decode(): _tensor(entry, data) for name, entry in _table(index) if name}


def _tensor(entry: bytes, data: bytes) -> NDArray[np.generic]:
    fields = dict(_fields(entry))
    if fields.get(ENTRY_SHARD, 0) != 0:
        raise BundleError("the bundle has several data files; only one is supported")
    dims = [_delimited(dim) for number, dim in _fields(_delimited(fields.get(ENTRY_SHAPE, b""))) if number == SHAPE_DIM]
    shape = [int(dict(_fields(dim)).get(DIM_SIZE, 0)) for dim in dims]
    dtype = DTYPES.get(int(fields[ENTRY_DTYPE]))
    if dtype is None:
        raise BundleError(f"unknown data type {fields[ENTRY_DTYPE]!r}")
    start, size = int(fields.get(ENTRY_OFFSET, 0)), int(fields.get(ENTRY_SIZE, 0))
    if size != int(np.prod(shape, dtype=np.int64)) * dtype.itemsize or start + size > len(data):
        raise BundleError("a tensor's size does not fit its shape or its file")
    return np.frombuffer(data, dtype, count=size // dtype.itemsize, offset=start).reshape(shape)


def _table(index: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (key, value) of a LevelDB table: the footer names the index block, that one names the data blocks."""
    if len(index) < FOOTER_BYTES or struct.unpack("<Q", index[-8:])[0] != TABLE_MAGIC:
        raise BundleError("not the index of a tensor bundle")
    footer = index[-FOOTER_BYTES:]
    position = 0
    for _ in range(2):  # the handle of the metaindex block, which nobody needs
        _, position = _varint(footer, position)
    for _, handle in _block(index, *_handle(footer, position)):
        yield from _block(index, *_handle(handle, 0))


def _handle(buffer: bytes, position: int) -> tuple[int, int]:
    offset, position = _varint(buffer, position)
    size, _ = _varint(buffer, position)
    return offset, size


def _block(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Entries of one block; each key is stored as the bytes in which it differs from the one before."""
    block, kind = index[offset : offset + size], index[offset + size]
    if kind != BLOCK_UNCOMPRESSED:
        raise BundleError("compressed blocks are not supported")
    restarts = struct.unpack("<I", block[-4:])[0]
    end = len(block) - 4 - 4 * restarts
    key, position = b"", 0
    while position < end:
        shared, position = _varint(block, position)
        unshared, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + unshared]
        position += unshared
        yield key, block[position : position + length]
        position += length


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield (field number, value) of a protocol-buffer message."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if wire == DELIMITED:
            length, position = _varint(message, position)
        elif wire in (FIXED32, FIXED64):
            length = 4 if wire == FIXED32 else 8
        else:
            raise BundleError(f"unknown wire type {wire}")
        yield number, message[position : position + length]
        position += length


def _delimited(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise BundleError("a message was expected where a number stands")
    return value


def _varint(buffer: bytes, position: int) -> tuple[int, int]:
    """Little-endian base 128: seven bits a byte, the high bit says that more follow."""
    value = shift = 0
    while True:
        if position >= len(buffer):
            raise BundleError("the file ends in the middle of a number")
        byte = buffer[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
