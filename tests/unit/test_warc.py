"""Records in WARC files: the same bytes come back, and what was damaged is refused with its place."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from pipeline.adapters import warc
from pipeline.adapters.warc import BrokenArchiveError, Lying
from tests.records import FULL
from tests.samples import raw_page
from topics import codec, registry
from topics.records import RawPage

SPEC = registry.RAW_PAGES
PAGE = codec.encode(SPEC, FULL["raw-pages"])


def lying(value: bytes | None = PAGE, *, offset: int = 7, key: bytes | None = b"news.example") -> Lying:
    headers = [("steps", b'{"poll": "2026-03-04T05:06:07+00:00"}')]
    return Lying("raw-pages", 3, offset, 1_772_600_767_890, key, value, headers)


def back(*members: bytes) -> list[Lying]:
    return list(warc.read(BytesIO(b"".join(members)), SPEC, name="pages.warc.gz"))


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(lying(), id="every field filled in"),
        pytest.param(lying(codec.encode(SPEC, raw_page(body=b""))), id="empty body"),
        pytest.param(lying(codec.encode(SPEC, raw_page(body=b"WARC/1.1\r\n\r\n" * 9))), id="a body like a record"),
        pytest.param(lying(b"no page at all"), id="undecodable"),
        pytest.param(lying(PAGE + b" "), id="trailing byte"),
        pytest.param(lying(None), id="tombstone"),
        pytest.param(lying(key=None), id="no key"),
        pytest.param(lying(key=b"\xff\x00\r\n"), id="a key that is no text"),
        pytest.param(lying()._replace(headers=[("a", b"\xff\r\n"), ("a", None), ("", b"")]), id="odd headers"),
    ],
)
def test_a_record_comes_back_byte_for_byte(record: Lying) -> None:
    assert back(warc.member(SPEC, record)) == [record]


@given(body=st.binary(max_size=300), url=st.text(max_size=40), content_type=st.text(max_size=40) | st.none())
def test_any_page_comes_back_byte_for_byte(body: bytes, url: str, content_type: str | None) -> None:
    page = raw_page(body=body)
    strange = RawPage(
        origin=page.origin,
        final_url=f"https://h/{url}",
        host="h",
        body=body,
        content_type=content_type,
        entry_title=url,
    )
    record = lying(codec.encode(SPEC, strange))
    assert back(warc.member(SPEC, record)) == [record]


def test_the_same_record_is_the_same_bytes_whenever_it_is_written() -> None:
    for record in (lying(), lying(b"no page")):
        assert warc.member(SPEC, record) == warc.member(SPEC, record)


def test_a_page_is_a_response_that_other_tools_read() -> None:
    record = next(ArchiveIterator(BytesIO(warc.member(SPEC, lying())), check_digests="raise"))
    page = FULL["raw-pages"]
    assert isinstance(page, RawPage)
    assert record.rec_type == "response"
    assert record.rec_headers["WARC-Date"] == "2026-03-04T05:06:09.890000Z"
    assert record.rec_headers["WARC-Target-URI"].isascii()
    assert record.http_headers["Content-Type"] == page.content_type
    assert record.content_stream().read() == page.body


def test_damage_is_refused_with_the_name_of_the_file() -> None:
    member = bytearray(warc.member(SPEC, lying()))
    member[len(member) // 2] ^= 0xFF
    with pytest.raises(BrokenArchiveError, match=r"pages\.warc\.gz: record near byte") as caught:
        back(bytes(member))
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()


def test_records_of_other_archives_are_passed_over() -> None:
    foreign = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nWARC-Record-ID: <urn:x:1>\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n"
    assert back(foreign) == []
