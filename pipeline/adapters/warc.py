"""Kafka records as WARC records (ISO 28500, WARC/1.1), and back to the same bytes.

A page is a `response` that any web archive's tools can read, with what it had besides its body in two headers of ours:
`Tocsin-Record` (where the record lay, when it arrived, its key and headers) and `Tocsin-Page` (origin and addresses),
each JSON in ASCII. A value that would not come back byte for byte from those parts, because other code wrote it or it
is no page at all, is kept whole as a `resource`. Every record is a gzip member of its own, so that one can be read
alone by its offset.
"""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import IO, Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordbuilder import RecordBuilder
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.errors import TocsinError
from pipeline.stages import identity
from topics import codec
from topics.records import RawPage
from topics.spec import TopicSpec

_RECORD, _PAGE = "Tocsin-Record", "Tocsin-Page"
_RESOURCE_TYPE = "application/vnd.tocsin.record"
# Measured on pages of the demo newsroom: warcio's own level 9 takes twice the time of 6 for one per cent less.
_GZIP_LEVEL = 6
_URI_SAFE = "!#$%&'()*+,/:;=?@[]~"


class BrokenArchiveError(TocsinError):
    """A WARC file that is not as it was written; the message says where."""


class Lying(NamedTuple):
    """A record as it lay in its topic."""

    topic: str
    """Name on the broker."""
    partition: int
    offset: int
    arrived_ms: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def member(spec: TopicSpec, lying: Lying) -> bytes:
    """The record as one gzip member that holds one WARC record."""
    page = _page_of(spec, lying.value)
    facts = {
        "topic": lying.topic,
        "partition": lying.partition,
        "offset": lying.offset,
        "arrived_ms": lying.arrived_ms,
        "key": _text(lying.key),
        "headers": [[name, _text(value)] for name, value in lying.headers],
    }
    record = _resource(lying, facts) if page is None else _response(page, lying, facts)
    plain = BytesIO()
    WARCWriter(plain, gzip=False, warc_version="1.1").write_record(record)
    compressor = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    return compressor.compress(plain.getbuffer()) + compressor.flush()


def read(stream: IO[bytes], spec: TopicSpec, *, name: str) -> Iterator[Lying]:
    """The records of a file written by `member`, each checked against its digests. BrokenArchiveError names the place.

    Records of others (`warcinfo`, `request`, …) are passed over.
    """
    records = ArchiveIterator(stream, check_digests="raise")
    while True:
        try:
            record = next(records, None)
            if record is None:
                return
            lying = lying_of(record, spec)
        except (ArchiveLoadFailed, codec.UndecodableError, ValueError, LookupError, EOFError, zlib.error) as error:
            # It may quote the damaged bytes, which a terminal must not be given.
            said = ascii(" ".join(str(error).split())[:200])[1:-1] or type(error).__name__
            raise BrokenArchiveError(f"{name}: record near byte {records.offset}: {said}") from error
        if lying is not None:
            yield lying


def _page_of(spec: TopicSpec, value: bytes | None) -> RawPage | None:
    """The page in the value, when the very same value can be made of it again."""
    if spec.record is not RawPage:
        return None
    try:
        page: RawPage = codec.decode(spec, value)
    except codec.UndecodableError:
        return None
    parts = json.loads(json.dumps(_parts(page)))
    again = codec.from_builtins({**parts, "body": page.body}, RawPage)
    return page if codec.encode(spec, again) == value else None


def _parts(page: RawPage) -> dict[str, Any]:
    """All of the page but its body, JSON-ready."""
    parts: dict[str, Any] = codec.to_builtins(replace(page, body=b""))
    del parts["body"]
    return parts


def _response(page: RawPage, lying: Lying, facts: dict[str, Any]) -> Any:
    http = [("Content-Length", str(len(page.body)))]
    if page.content_type and page.content_type.isascii() and page.content_type.isprintable():
        http.insert(0, ("Content-Type", page.content_type))
    headers = {_RECORD: json.dumps(facts), _PAGE: json.dumps(_parts(page)), **_identity(lying)}
    headers["WARC-Date"] = _date(page.origin.fetched_at)
    return RecordBuilder(warc_version="1.1").create_warc_record(
        quote(page.final_url, safe=_URI_SAFE),
        "response",
        payload=BytesIO(page.body),
        length=len(page.body),
        http_headers=StatusAndHeaders("200 OK", http, protocol="HTTP/1.1"),
        warc_headers_dict=headers,
    )


def _resource(lying: Lying, facts: dict[str, Any]) -> Any:
    value = lying.value or b""
    headers = {_RECORD: json.dumps(facts | {"is_tombstone": lying.value is None}), **_identity(lying)}
    headers["WARC-Date"] = _date(datetime.fromtimestamp(lying.arrived_ms / 1000, UTC))
    return RecordBuilder(warc_version="1.1").create_warc_record(
        f"urn:tocsin:{lying.topic}:{lying.partition}:{lying.offset}",
        "resource",
        payload=BytesIO(value),
        length=len(value),
        warc_content_type=_RESOURCE_TYPE,
        warc_headers_dict=headers,
    )


def _identity(lying: Lying) -> dict[str, str]:
    """The same record has the same name whenever it is written."""
    name = identity.digest("archive", lying.topic, str(lying.partition), str(lying.offset), str(lying.arrived_ms))
    return {"WARC-Record-ID": f"<{UUID(name).urn}>"}


def _date(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def lying_of(record: Any, spec: TopicSpec) -> Lying | None:
    """What `member` wrote, from warcio's record; None for a record of others."""
    written = record.rec_headers.get_header(_RECORD)
    if written is None:
        return None
    facts = json.loads(written)
    block = record.raw_stream.read()
    return Lying(
        topic=facts["topic"],
        partition=facts["partition"],
        offset=facts["offset"],
        arrived_ms=facts["arrived_ms"],
        key=_bytes(facts["key"]),
        value=None if facts.get("is_tombstone") else _value(record, spec, block),
        headers=[(name, _bytes(value)) for name, value in facts["headers"]],
    )


def _value(record: Any, spec: TopicSpec, block: bytes) -> bytes:
    if record.rec_type != "response":
        return block
    parts = json.loads(record.rec_headers.get_header(_PAGE))
    return codec.encode(spec, codec.from_builtins({**parts, "body": block}, RawPage))


def _text(value: bytes | None) -> str | None:
    """Bytes as text of one character each, which gives any bytes back."""
    return None if value is None else value.decode("latin-1")


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("latin-1")
