"""Files of records: what is written comes back, what cannot be used is named with file and place, and passed over."""

import base64
import gzip
import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.adapters import warc
from pipeline.adapters.ranges import Positions, RangeRecord
from pipeline.adapters.record_files import FileRange, line_of, topic_of
from pipeline.adapters.warc import Lying
from pipeline.errors import UsageError
from pipeline.stages import identity
from tests.records import FULL
from topics import codec, registry
from topics.spec import TopicSpec

OLD = datetime(2009, 8, 7, 6, 5, 4, tzinfo=UTC)
HTML = "<p>Words of an old page.</p>"


def read(path: Path, *, positions: Positions | None = None, at_once: int = 200) -> tuple[list[RangeRecord], list[str]]:
    bad: list[str] = []
    source = FileRange(path, on_bad=bad.append, positions=positions, max_records=at_once, largest_body=10_000)
    batches = list(source.batches())
    assert sum(batch.passed for batch in batches) == path.stat().st_size
    return [record for batch in batches for record in batch.records], bad


def lying(spec: TopicSpec, offset: int = 7) -> RangeRecord:
    record = FULL[spec.name]
    value = codec.encode(spec, record)
    return RangeRecord(3, offset, spec.key_of(record), value, [("steps", b'{"poll": "x"}')], 1_772_600_767_890)


def page_line(url: str = "https://old.example/a", **changes: object) -> str:
    return json.dumps({"url": url, "html": HTML, "fetched_at": OLD.isoformat()} | changes)


@pytest.mark.parametrize("spec", registry.REPLAYABLE, ids=lambda spec: spec.name)
@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_an_exported_record_comes_back_byte_for_byte(spec: TopicSpec, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{suffix}"
    lines = b"".join(line_of(spec, 3, lying(spec, offset)) for offset in range(3))
    path.write_bytes(gzip.compress(lines) if suffix.endswith("gz") else lines)
    records, bad = read(path, at_once=2)
    assert bad == []
    assert topic_of(path) is spec
    assert [(one.key, one.value, list(one.headers)) for one in records] == [
        (lying(spec).key, lying(spec).value, list(lying(spec).headers))
    ] * 3
    assert [one.offset for one in records] == [1, 2, 3]


def test_a_page_of_a_plain_line_is_named_by_its_content_and_keeps_its_date(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    encoded = base64.b64encode(HTML.encode()).decode()
    path.write_text(
        page_line() + "\n\n" + page_line(html=None, body_base64=encoded).replace('"html": null, ', "") + "\n"
    )
    records, bad = read(path)
    assert bad == []
    first, second = (codec.decode(registry.RAW_PAGES, one.value) for one in records)
    assert first.origin.fetched_at == OLD
    assert first.origin.version_id == second.origin.version_id
    assert (first.host, first.body) == ("old.example", HTML.encode())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"url": "https://a.example/"}', "'body_base64' is missing"),
        (page_line("mailto:a@b.example"), "not an http"),
        (page_line(fetched_at="last week"), "not a time"),
        (page_line(html="x" * 20_000), "the largest taken has 10000"),
        (json.dumps({"topic": "articles", "record": {}}), "a record of articles among records of raw-pages"),
        (json.dumps({"topic": "raw-pages", "record": {"origin": 7}}), "RawPage"),
        ("[" * 100_000, "not JSON"),
    ],
    ids=["broken", "no object", "no body", "no address", "no time", "too large", "other topic", "no page", "deep"],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_are_read(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(f"{page_line()}\n{line}\n{page_line()}\n")
    records, bad = read(path)
    assert [one.offset for one in records] == [1, 3]
    (complaint,) = bad
    assert complaint.startswith(f"{path}:2: ")
    assert said in complaint


def test_a_file_is_read_on_from_a_position(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("".join(page_line(f"https://old.example/{number}") + "\n" for number in range(5)))
    assert [one.offset for one in read(path, positions={"0": 4})[0]] == [4, 5]
    assert read(path, positions={"0": 6}) == ([], [])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.txt", b"", "the name must end with"),
        ("x.jsonl", b"no json", "x.jsonl:1: not a JSON object"),
        ("x.jsonl", b"[]", "x.jsonl:1: not a JSON object"),
        ("x.jsonl.gz", b"not gzip", "x.jsonl.gz:1: not a JSON object"),
        ("x.jsonl", b'{"topic": "alerts"}', "alerts is no topic that is replayed"),
    ],
)
def test_a_file_that_is_none_of_these_is_refused_with_its_name(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        topic_of(path)


def test_a_gzip_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    lines = "".join(page_line(f"https://old.example/{number}", html=_words(number)) + "\n" for number in range(500))
    path.write_bytes(gzip.compress(lines.encode())[:-20_000])
    records, bad = read(path)
    assert 0 < len(records) < 500
    assert len(bad) == 1
    assert "not readable from here on" in bad[0]


def _words(number: int) -> str:
    """What hardly compresses."""
    return " ".join(identity.digest(str(number), str(word)) for word in range(20))


def foreign(path: Path, *responses: tuple[str, str, bytes]) -> None:
    """A WARC file as another tool writes it."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another"}))
        for url, status, body in responses:
            headers = StatusAndHeaders(status, [("Content-Type", "text/html; charset=latin-1")], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                url,
                "response",
                payload=BytesIO(body),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": "2009-08-07T06:05:04Z"},
            )
            writer.write_record(record)


@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz"])
def test_successful_responses_of_anybodys_warc_are_pages(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    foreign(
        path,
        ("https://old.example/a", "200 OK", HTML.encode()),
        ("https://old.example/b", "404 Not Found", b"gone"),
        ("dns:old.example", "200 OK", b"no HTTP"),
        ("https://old.example/c", "200 OK", b"x" * 20_000),
        ("https://old.example/d", "200 OK", b"<p>d</p>"),
    )
    records, bad = read(path)
    pages = [codec.decode(registry.RAW_PAGES, one.value) for one in records]
    assert [page.final_url for page in pages] == ["https://old.example/a", "https://old.example/d"]
    assert all(page.origin.fetched_at == OLD for page in pages)
    assert pages[0].content_type == "text/html; charset=latin-1"
    assert [one.partition(": ")[0] for one in bad] == [f"{path}:record 5"]


def test_our_own_warc_gives_back_the_very_record(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    given = lying(registry.RAW_PAGES)
    written = Lying("raw-pages", 3, 7, given.arrived_ms, given.key, given.value, given.headers)
    path.write_bytes(warc.member(registry.RAW_PAGES, written))
    (record,), bad = read(path)
    assert bad == []
    assert (record.key, record.value, list(record.headers)) == (given.key, given.value, list(given.headers))


def test_a_warc_that_breaks_off_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    foreign(path, *((f"https://old.example/{number}", "200 OK", HTML.encode() * 40) for number in range(3)))
    path.write_bytes(path.read_bytes()[:-60])
    records, bad = read(path)
    assert len(records) in (2, 3)
    assert len(bad) <= 1
