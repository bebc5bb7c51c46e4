"""Content codings undone under a cap: gzip, deflate, br and zstd (RFC 9110, section 8.4; RFC 8878; RFC 9659).

Every decoder is asked for a bounded piece at a time, so that a bomb costs no more memory than the cap.
"""

import zlib
from collections.abc import Callable, Generator, Iterator

import brotli
import zstandard

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

_GZIP_MAGIC = b"\x1f\x8b"
_PIECE_BYTES = 256 << 10
# Below this the ratio is not looked at: a short page of blanks compresses a thousandfold and harms nobody.
_ALWAYS_ALLOWED_BYTES = 1 << 20
# RFC 9110 sets no bound; more than two layers is seen in attacks only.
_MAX_LAYERS = 2
# RFC 9659, section 3: the largest window a zstd content coding may ask for.
_ZSTD_WINDOW_BYTES = 8 << 20
# RFC 8878, section 3.1.1.2: four bytes make at most one block of 128 KiB, so these make at most 8 MiB.
_ZSTD_INPUT_BYTES = 256


class BodyTooLargeError(ValueError):
    """The body would grow beyond the cap or the ratio."""


class UndecodableBodyError(ValueError):
    """The body is not in the coding its header names, or ends early."""


def decompress(body: bytes, coding: str | None, *, max_bytes: int, max_ratio: int) -> bytes:
    """The body with the codings of a Content-Encoding header undone, last first.

    A body that is already plain under a header that says gzip stays as it is, and a gzip file without a header is
    opened, as servers do both. Raises BodyTooLargeError and UndecodableBodyError.
    """
    names = [name for part in (coding or "").split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(names) > _MAX_LAYERS:
        raise UndecodableBodyError(f"{len(names)} content codings")
    limit = min(max_bytes, max(_ALWAYS_ALLOWED_BYTES, len(body) * max_ratio))
    for name in reversed(names):
        body = _undo(name, body, limit)
    return _undo("gzip", body, limit) if body.startswith(_GZIP_MAGIC) else body


def _undo(name: str, body: bytes, limit: int) -> bytes:
    decode = _DECODERS.get(name)
    if decode is None:
        raise UndecodableBodyError(f"unknown content coding {name[:40]!r}")
    if not body:
        return body
    pieces, size = [], 0
    try:
        for piece in decode(body):
            size += len(piece)
            if size > limit:
                raise BodyTooLargeError(f"more than {limit} bytes after decompression")
            pieces.append(piece)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise UndecodableBodyError(f"{name}: {error}") from error
    return b"".join(pieces)


def _gzip(body: bytes) -> Iterator[bytes]:
    if not body.startswith(_GZIP_MAGIC):
        yield body
        return
    while body.startswith(_GZIP_MAGIC):  # RFC 1952, section 2.2: a file may have several members
        body = yield from _inflate(body, zlib.MAX_WBITS | 16)


def _deflate(body: bytes) -> Iterator[bytes]:
    # RFC 9110, section 8.4.1.2: some servers leave the zlib wrapper (RFC 1950, section 2.2) off.
    is_wrapped = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    yield from _inflate(body, zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS)


def _inflate(body: bytes, window: int) -> Generator[bytes, None, bytes]:
    """Yields the pieces of one stream and returns what stands behind it."""
    decoder = zlib.decompressobj(window)
    while not decoder.eof:
        piece = decoder.decompress(body, _PIECE_BYTES)
        if not piece and not decoder.eof:
            raise UndecodableBodyError("the compressed body ends early")
        yield piece
        body = decoder.unconsumed_tail
    return decoder.unused_data


def _brotli(body: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    piece = decoder.process(body, output_buffer_limit=_PIECE_BYTES)
    while piece:
        yield piece
        piece = b"" if decoder.is_finished() else decoder.process(b"", output_buffer_limit=_PIECE_BYTES)
    if not decoder.is_finished():
        raise UndecodableBodyError("the compressed body ends early")


def _zstd(body: bytes) -> Iterator[bytes]:
    # The stream reader of this library takes a body that ends early for a whole one; this object tells. It knows no
    # bound on what it gives, so it is fed so little that its output is bounded by the format.
    while body:
        decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
        for start in range(0, len(body), _ZSTD_INPUT_BYTES):
            yield decoder.decompress(body[start : start + _ZSTD_INPUT_BYTES])
            if decoder.eof:
                break
        if not decoder.eof:
            raise UndecodableBodyError("the compressed body ends early")
        body = decoder.unused_data + body[start + _ZSTD_INPUT_BYTES :]


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
