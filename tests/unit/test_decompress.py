"""Every content coding is undone, under a cap."""

import gzip
import random
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.decompress import BodyTooLargeError, UndecodableBodyError, decompress
from tests.unit.site_server import CODINGS

_LIMITS = {"max_bytes": 5 << 20, "max_ratio": 100}


def _deflate_without_wrapper(body: bytes) -> bytes:
    coder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return coder.compress(body) + coder.flush()


@pytest.mark.parametrize("coding", CODINGS)
@given(body=st.binary(max_size=3000))
def test_decompressing_inverts_compressing(coding: str, body: bytes) -> None:
    # A body that is itself gzip would be opened as well, which is meant.
    if not body.startswith(b"\x1f\x8b"):
        assert decompress(CODINGS[coding](body), coding, **_LIMITS) == body


_LARGE = random.Random(1).randbytes(2 << 20)


@pytest.mark.parametrize(
    ("coding", "body", "expected"),
    [
        pytest.param(None, b"plain", b"plain", id="no coding"),
        pytest.param("identity", b"plain", b"plain", id="identity"),
        pytest.param("X-GZIP", gzip.compress(b"a"), b"a", id="old name, upper case"),
        pytest.param("gzip", b"<html>", b"<html>", id="plain under a header that says gzip"),
        pytest.param("gzip", b"", b"", id="empty body"),
        pytest.param("gzip", gzip.compress(b"a") + gzip.compress(b"b"), b"ab", id="two members"),
        pytest.param("gzip", gzip.compress(b"a") + b"\0\0", b"a", id="padding after gzip"),
        pytest.param("zstd", zstandard.compress(b"a") + zstandard.compress(b"b"), b"ab", id="two frames"),
        pytest.param("deflate", _deflate_without_wrapper(b"a" * 50), b"a" * 50, id="deflate without its wrapper"),
        pytest.param("gzip, br", brotli.compress(gzip.compress(b"a")), b"a", id="two layers"),
        pytest.param(None, gzip.compress(b"a"), b"a", id="a gzip file without a header"),
        *(pytest.param(name, code(_LARGE), _LARGE, id=f"large {name}") for name, code in CODINGS.items()),
    ],
)
def test_a_body_is_opened(coding: str | None, body: bytes, expected: bytes) -> None:
    assert decompress(body, coding, **_LIMITS) == expected


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_refused(coding: str) -> None:
    with pytest.raises(BodyTooLargeError):
        decompress(CODINGS[coding](bytes(20 << 20)), coding, **_LIMITS)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_that_ends_early_is_refused(coding: str) -> None:
    with pytest.raises(UndecodableBodyError):
        decompress(CODINGS[coding](_LARGE)[:-20], coding, **_LIMITS)


@pytest.mark.parametrize(
    ("coding", "body"),
    [("sdch", b"a"), ("br", b"<html>"), ("zstd", b"<html>"), ("deflate", b"<html>"), ("gzip, gzip, gzip", b"a")],
)
def test_what_cannot_be_read_is_refused(coding: str, body: bytes) -> None:
    with pytest.raises(UndecodableBodyError):
        decompress(body, coding, **_LIMITS)
