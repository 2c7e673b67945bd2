"""How a result leaves the cell: JSON and raw buffers, read back by the type that the caller expects.

Never pickle: a decoder that was taken over by its file could otherwise run code in the worker. Values that are not of
the expected type, or not finite, do not pass.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import struct
import types
import typing
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import LONGEST_DETAIL, AnalysisError, Code

END = struct.Struct("<iq")  # what the nursery reports of a dead cell: wait status, peak memory in KiB
EXIT_MEMORY = 3
EXIT_FAILED = 4
STEP_BACK = b"step back"  # a request without a function: lower the priority of all cells that give way
REQUEST_BYTES = 60_000  # the most that fits into one message of a socket everywhere

_LENGTH = struct.Struct("<Q")
_PLAIN = (bool, int, str)


class BrokenFrame(ValueError):
    """What came out of a cell is not what was asked for."""


def pack(value: object) -> bytes:
    """Bytes of a result: dataclasses, arrays, bytes, numbers, strings, None, and tuples, lists or dicts of them."""
    buffers: list[bytes] = []
    head = json.dumps({"result": _tree(value, buffers), "sizes": [len(part) for part in buffers]}).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *buffers])


def pack_error(error: AnalysisError) -> bytes:
    """Bytes of a final answer about the file."""
    head = json.dumps({"code": str(error.code), "detail": error.detail[:LONGEST_DETAIL]}).encode()
    return _LENGTH.pack(len(head)) + head


def pack_failure(error: BaseException) -> bytes:
    """A few words about a mistake, for the log."""
    return f"{type(error).__name__}: {error}".encode()[:300]


def unpack(kind: Any, data: bytes) -> Any:
    """The value of type `kind` that `pack` wrote.

    Raises AnalysisError when the cell reported one, BrokenFrame when the bytes are anything else.
    """
    try:
        (length,) = _LENGTH.unpack_from(data)
        head = json.loads(data[_LENGTH.size : _LENGTH.size + length])
        if "code" in head:
            code, detail = Code(head["code"]), str(head["detail"])
        else:
            return _value(kind, head["result"], _buffers(head["sizes"], data, _LENGTH.size + length))
    except (struct.error, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise BrokenFrame(f"not a {getattr(kind, '__name__', kind)}: {error}") from error
    raise AnalysisError(code, detail)


def result_type(function: Callable[..., object]) -> Any:
    """What a function says that it returns."""
    return typing.get_type_hints(function)["return"]


def _tree(value: object, buffers: list[bytes]) -> object:
    if value is None or isinstance(value, (*_PLAIN, float)):
        return value
    if isinstance(value, bytes):
        buffers.append(value)
        return len(buffers) - 1
    if isinstance(value, np.ndarray):
        buffers.append(np.ascontiguousarray(value).tobytes())
        return [len(buffers) - 1, value.dtype.str, list(value.shape)]
    if isinstance(value, tuple | list):
        return [_tree(part, buffers) for part in value]
    if isinstance(value, dict):
        return {str(name): _tree(part, buffers) for name, part in value.items()}
    if dataclasses.is_dataclass(value):
        return {field.name: _tree(getattr(value, field.name), buffers) for field in dataclasses.fields(value)}
    raise TypeError(f"a {type(value).__name__} cannot leave the cell")


def _buffers(sizes: list[int], data: bytes, start: int) -> list[bytes]:
    ends = start + np.cumsum([0, *sizes])
    if min(sizes, default=0) < 0 or ends[-1] != len(data):
        raise BrokenFrame("sizes do not add up")
    return [data[begin:end] for begin, end in itertools.pairwise(ends)]


def _value(kind: Any, tree: Any, buffers: list[bytes]) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if tree is None else _value(next(one for one in arguments if one is not type(None)), tree, buffers)
    if origin in (np.ndarray, NDArray):  # from numpy 2.5 on NDArray is an alias that nothing spells out
        return _array(arguments[0] if origin is NDArray else typing.get_args(arguments[1])[0], tree, buffers)
    if origin in (tuple, list):
        return origin(_value(arguments[0], part, buffers) for part in tree)
    if origin is dict:
        return {str(name): _value(arguments[1], part, buffers) for name, part in tree.items()}
    if kind is bytes:
        return buffers[tree]
    return _record(kind, tree, buffers) if dataclasses.is_dataclass(kind) else _scalar(kind, tree)


def _record(kind: Any, tree: Any, buffers: list[bytes]) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(
        **{name: _value(hints[name], tree[name], buffers) for name in (one.name for one in dataclasses.fields(kind))}
    )


def _scalar(kind: Any, tree: Any) -> Any:
    if kind is float and isinstance(tree, float | int) and math.isfinite(tree):
        return float(tree)
    if kind in (*_PLAIN, type(None)) and type(tree) is kind:
        return tree
    raise BrokenFrame(f"{str(tree)[:40]!r} where {kind} was expected")


def _array(scalar: Any, tree: list[Any], buffers: list[bytes]) -> np.ndarray:
    at, dtype, shape = tree
    if np.dtype(dtype) != np.dtype(scalar):
        raise BrokenFrame(f"an array of {dtype} where {scalar} was expected")
    array = np.frombuffer(buffers[at], dtype=np.dtype(scalar)).reshape([int(size) for size in shape])
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise BrokenFrame("an array that is not finite")
    return array
