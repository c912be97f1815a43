"""The part of CBOR that proof values are made of (RFC 8949), in its one deterministic encoding (4.2.1).

Unsigned integers, byte and text strings, arrays, and maps from integers, of definite lengths. The reader is
of our own because it reads what strangers send: no tags, floats, recursion without end or second spelling.
"""

from typing import Any, Final

from app.errors import InvalidPayloadError

MAX_DEPTH: Final = 4

_UNSIGNED, _BYTES, _TEXT, _ARRAY, _MAP = 0, 2, 3, 4, 5
_DIRECT: Final = 24
"""Arguments below this stand in the first byte itself."""
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
"""The additional information of the first byte, and how many bytes of argument follow."""


def encode(value: object) -> bytes:
    """Return `value`; maps come out in the order of their keys.

    Raises `TypeError` for other types and `ValueError` for other integers.
    """
    match value:
        case bool():
            raise TypeError("A boolean has no place in a proof value.")
        case int():
            return _head(_UNSIGNED, value)
        case bytes():
            return _head(_BYTES, len(value)) + value
        case str():
            text = value.encode()
            return _head(_TEXT, len(text)) + text
        case list() | tuple():
            return _head(_ARRAY, len(value)) + b"".join(map(encode, value))
        case dict():
            entries = (encode(key) + encode(value[key]) for key in sorted(value))
            return _head(_MAP, len(value)) + b"".join(entries)
    raise TypeError(f"A {type(value).__name__} has no place in a proof value.")


def decode(data: bytes) -> Any:  # noqa: ANN401 (any of the types above)
    """Return the one value that `data` is; raises `InvalidPayloadError` for anything else."""
    reader = _Reader(data)
    value = reader.value(MAX_DEPTH)
    if reader.position != len(data):
        raise InvalidPayloadError("More bytes follow the CBOR value.")
    return value


def _head(major: int, argument: int) -> bytes:
    if 0 <= argument < _DIRECT:
        return bytes([major << 5 | argument])
    for information, width in _WIDTHS.items():
        if 0 < argument < 1 << 8 * width:
            return bytes([major << 5 | information]) + argument.to_bytes(width, "big")
    raise ValueError(f"{argument} is no integer of 64 bits without a sign.")


class _Reader:
    """The bytes and how far they have been read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def value(self, levels: int) -> Any:  # noqa: ANN401 (as in `decode`)
        major, argument = self._read_head()
        if major == _UNSIGNED:
            return argument
        if major == _BYTES:
            return self._take(argument)
        if major == _TEXT:
            try:
                return self._take(argument).decode()
            except UnicodeDecodeError as error:
                raise InvalidPayloadError("A CBOR text is not UTF-8.") from error
        if major not in (_ARRAY, _MAP) or not levels:
            raise InvalidPayloadError("The CBOR value has a type, a tag or a depth that has no place here.")
        if major == _ARRAY:
            return [self.value(levels - 1) for _ in self._counted(argument)]
        return self._map(argument, levels - 1)

    def _map(self, length: int, levels: int) -> dict[int, Any]:
        entries: dict[int, Any] = {}
        last = -1
        for _ in self._counted(length):
            key = self.value(0)
            if not isinstance(key, int) or key <= last:
                raise InvalidPayloadError("The keys of a CBOR map are not integers in their order.")
            last = key
            entries[key] = self.value(levels)
        return entries

    def _counted(self, length: int) -> range:
        """Return a range of `length`, of which each item takes a byte at least."""
        if length > len(self._data) - self.position:
            raise _ended()
        return range(length)

    def _read_head(self) -> tuple[int, int]:
        first = self._take(1)[0]
        major, information = first >> 5, first & 31
        if information < _DIRECT:
            return major, information
        width = _WIDTHS.get(information)
        if width is None:
            raise InvalidPayloadError("The CBOR value is of no definite length.")
        argument = int.from_bytes(self._take(width), "big")
        if _head(major, argument)[0] != first:
            raise InvalidPayloadError("A CBOR number is not in its shortest form.")
        return major, argument

    def _take(self, count: int) -> bytes:
        taken = self._data[self.position : self.position + count]
        if len(taken) != count:
            raise _ended()
        self.position += count
        return taken


def _ended() -> InvalidPayloadError:
    return InvalidPayloadError("The CBOR value ends too early.")
