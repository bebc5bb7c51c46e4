"""Files of records: JSON lines and WARC, read as a `Source` and written by an export.

A JSON line is a record with where it lay, as `tocsin export` writes it (`topic`, `partition`, `offset`, `arrived_at`,
`headers`, `record`), or a page as the filters take it (`url`, `html` or `body_base64`, `fetched_at`). A WARC file is
one of ours, or anybody's: of those the successful HTTP responses are pages. Either may be gzipped. A line or record
that cannot be used is named with file and place and passed over.
"""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline.adapters import warc
from pipeline.adapters.ranges import Positions, RangeBatch, RangeRecord
from pipeline.errors import UsageError
from pipeline.stages import identity, urls
from topics import codec, registry
from topics.records import Origin, RawPage
from topics.spec import TopicSpec

VERSION = "import/1"
PART = "0"
_LONGEST_LINE_BYTES = 32 << 20
_SUFFIXES = (".jsonl", ".jsonl.gz", ".warc", ".warc.gz")


class _BadError(ValueError):
    """The line or record cannot be used; the message says why."""


class FileRange:
    """One file, from a place on to its end. Records count from 1; so do lines."""

    def __init__(
        self,
        path: Path,
        *,
        on_bad: Callable[[str], None],
        positions: Positions | None = None,
        max_records: int = 200,
        largest_body: int,
    ) -> None:
        """UsageError for a file that cannot be read, or is of no kind that is."""
        self._path = path
        self._on_bad = on_bad
        self._first = (positions or {}).get(PART, 1)
        self._max_records = max_records
        self._largest_body = largest_body
        self.size = size_of(path)
        self.topic = topic_of(path)
        """What its records are."""

    def batches(self) -> Iterator[RangeBatch]:
        """All of its records; `passed` counts bytes of the file."""
        with self._path.open("rb") as file:
            told = 0
            records: list[RangeRecord] = []
            after = self._first
            for number, record in self._records(file):
                after = number + 1
                if record is not None:
                    records.append(record)
                if len(records) >= self._max_records:
                    at = file.tell()
                    yield RangeBatch(records, {PART: after}, max(0, at - told))
                    told, records = at, []
            yield RangeBatch(records, {PART: after}, max(0, self.size - told))

    def close(self) -> None:
        """Nothing is held."""

    def _records(self, file: IO[bytes]) -> Iterator[tuple[int, RangeRecord | None]]:
        is_warc = ".warc" in self._path.suffixes
        found = self._of_warc(file) if is_warc else self._of_lines(file)
        for number, make in found:
            if number < self._first:
                continue
            try:
                yield number, make()
            except (_BadError, codec.UndecodableError) as error:
                where = f"record {number}" if is_warc else str(number)
                self._on_bad(f"{self._path}:{where}: {' '.join(str(error).split())[:300]}")
                yield number, None

    def _of_lines(self, file: IO[bytes]) -> Iterator[tuple[int, Callable[[], RangeRecord | None]]]:
        stream: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=file) if self._path.suffix == ".gz" else file
        number = 0
        try:
            while line := stream.readline(_LONGEST_LINE_BYTES):
                number += 1
                yield number, partial(self._of_line, line, number)
        except (OSError, EOFError, zlib.error) as error:
            yield number + 1, _raising(f"not readable from here on: {error}")

    def _of_line(self, line: bytes, number: int) -> RangeRecord | None:
        if not line.strip():
            return None
        if len(line) >= _LONGEST_LINE_BYTES:
            raise _BadError(f"longer than {_LONGEST_LINE_BYTES >> 20} MiB")
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _BadError(f"not JSON: {error}") from error
        if not isinstance(values, dict):
            raise _BadError("not a JSON object")
        return _exported(values, self.topic, number) if "record" in values else self._page(values, number)

    def _page(self, values: dict[str, Any], number: int) -> RangeRecord:
        if self.topic is not registry.RAW_PAGES:
            raise _BadError(f"a page among records of {self.topic.name}")
        url, content_type = _text(values, "url"), "text/html"
        if "html" in values:
            body = _text(values, "html").encode("utf-8", "surrogatepass")
            content_type = "text/html; charset=utf-8"
        else:
            body = _from_base64(_text(values, "body_base64"))
        headers = values.get("headers")
        given = {str(k).lower(): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {}
        fetched_at = _moment(_text(values, "fetched_at"))
        return self._made(url, body, given.get("content-type", content_type), fetched_at, number)

    def _made(self, url: str, body: bytes, content_type: str | None, fetched_at: datetime, number: int) -> RangeRecord:
        normal = urls.normalise(url)
        if normal is None:
            raise _BadError(f"not an http(s) address: {url[:200]}")
        if len(body) > self._largest_body:
            raise _BadError(f"a body of {len(body)} bytes; the largest taken has {self._largest_body}")
        page_id = identity.page_id(normal)
        origin = Origin(
            page_id=page_id,
            version_id=identity.version_id(page_id, body),
            url=url,
            fetched_at=fetched_at,
            seen_at=fetched_at,
            made_by=(VERSION,),
        )
        page = RawPage(origin=origin, final_url=url, host=urls.host_of(url), body=body, content_type=content_type)
        spec = registry.RAW_PAGES
        return RangeRecord(0, number, spec.key_of(page), codec.encode(spec, page), (), _milliseconds(fetched_at))

    def _of_warc(self, file: IO[bytes]) -> Iterator[tuple[int, Callable[[], RangeRecord | None]]]:
        number = 0
        records = ArchiveIterator(file)
        while True:
            number += 1
            try:
                record = next(records, None)
            except (ArchiveLoadFailed, ValueError, OSError, EOFError, zlib.error) as error:
                yield number, _raising(f"not readable from here on, near byte {records.offset}: {error}")
                return
            if record is None:
                return
            yield number, partial(self._of_record, record, number)

    def _of_record(self, record: Any, number: int) -> RangeRecord | None:
        try:
            lying = warc.lying_of(record, registry.RAW_PAGES)
            if lying is not None:
                headers = [(name, value or b"") for name, value in lying.headers]
                return RangeRecord(0, number, lying.key, lying.value, headers, lying.arrived_ms)
            if record.rec_type != "response" or record.http_headers is None:
                return None
            if record.http_headers.get_statuscode() != "200":
                return None
            body = record.content_stream().read(self._largest_body + 1)
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            fetched_at = _moment(record.rec_headers.get_header("WARC-Date") or "")
            return self._made(url, body, record.http_headers.get_header("Content-Type"), fetched_at, number)
        except (ArchiveLoadFailed, LookupError, OSError, EOFError, zlib.error) as error:
            raise _BadError(str(error) or type(error).__name__) from error


def size_of(path: Path) -> int:
    """The file's bytes. UsageError when it cannot be read."""
    try:
        with path.open("rb"):
            return path.stat().st_size
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def topic_of(path: Path) -> TopicSpec:
    """What its records are: pages, or what its first line says. UsageError for a file of no such kind."""
    if not path.name.endswith(_SUFFIXES):
        raise UsageError(f"{path}: the name must end with {', '.join(_SUFFIXES)}")
    if ".warc" in path.suffixes:
        return registry.RAW_PAGES
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            first = json.loads(file.readline(_LONGEST_LINE_BYTES) or b"{}")
        name = first.get("topic", registry.RAW_PAGES.name)
    except (OSError, EOFError, zlib.error, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path}:1: not a JSON object: {' '.join(str(error).split())[:200]}") from error
    found = [spec for spec in registry.REPLAYABLE if spec.name == name]
    if not found:
        raise UsageError(f"{path}:1: {name} is no topic that is replayed")
    return found[0]


def line_of(spec: TopicSpec, partition: int, record: RangeRecord) -> bytes:
    """A record as a JSON line. UndecodableError for what is none."""
    decoded = codec.decode(spec, record.value)
    values = {
        "topic": spec.name,
        "partition": partition,
        "offset": record.offset,
        "arrived_at": datetime.fromtimestamp(record.arrived_ms / 1000, UTC).isoformat(),
        "headers": {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers},
        "record": codec.to_builtins(decoded),
    }
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _exported(values: dict[str, Any], spec: TopicSpec, number: int) -> RangeRecord:
    if values.get("topic") != spec.name:
        raise _BadError(f"a record of {values.get('topic')} among records of {spec.name}")
    record: Any = codec.from_builtins(values["record"], spec.record)
    headers = values.get("headers")
    kept = [(str(k), str(v).encode()) for k, v in headers.items()] if isinstance(headers, dict) else []
    arrived_at = _moment(_text(values, "arrived_at"))
    return RangeRecord(0, number, spec.key_of(record), codec.encode(spec, record), kept, _milliseconds(arrived_at))


def _raising(said: str) -> Callable[[], RangeRecord | None]:
    def fail() -> RangeRecord | None:
        raise _BadError(" ".join(said.split()))

    return fail


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise _BadError(f"{name!r} is missing or no text")
    return value


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _BadError(f"'body_base64': {error}") from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _BadError(f"not a time: {text[:60]!r}") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
