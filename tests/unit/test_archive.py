"""Files of an archive: told by their names, read in order, nothing twice, damage named."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipeline.adapters import warc
from pipeline.adapters.archive import ArchiveStore, Kept, Part, Segment, beyond, parts
from pipeline.adapters.archive.checking import check
from pipeline.adapters.archive.contents import first_at, of_part, records
from pipeline.adapters.archive.segment import IndexLine, parse, without_overlaps, write_index
from pipeline.adapters.horizon import Horizon
from pipeline.adapters.warc import Lying
from pipeline.errors import TransientError, UsageError
from pipeline.settings import Settings
from tests.s3 import CREDENTIALS, make_bucket, server
from tests.samples import raw_page
from topics import codec, registry

SPEC = registry.RAW_PAGES
PART = Part("raw-pages", "uuid", 3)
NOW = datetime(2026, 3, 4, tzinfo=UTC)
_NUMBERS = count()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Where an S3 server listens."""
    with server() as endpoint:
        yield endpoint


@pytest.fixture
def on_s3(s3: str) -> Settings:
    """An archive in a bucket of the test's own."""
    return settings_of(make_bucket(s3, f"archive-{next(_NUMBERS)}"), s3)


@pytest.fixture(params=["folder", "object store", "S3"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArchiveStore]:
    if request.param == "S3":
        yield ArchiveStore(request.getfixturevalue("on_s3"))
        return
    url = str(tmp_path_factory.mktemp("archive")) if request.param == "folder" else "memory://archive"
    yield ArchiveStore(settings_of(url))
    MemoryFileSystem.store.clear()


def settings_of(url: str, endpoint: str = "") -> Settings:
    return Settings.model_validate({"archive": {"url": url, "endpoint": endpoint}})


def lying(offset: int) -> Lying:
    value = codec.encode(SPEC, raw_page(f"https://news.example/{offset}", body=b"<p>%d</p>" % offset))
    return Lying("raw-pages", 3, offset, 1_000_000 + 100 * offset, b"news.example", value, [])


def put(store: ArchiveStore, first: int, behind: int, *, part: Part = PART) -> Segment:
    """A file of all offsets from `first` to before `behind`."""
    members, lines, start = [], [], 0
    for offset in range(first, behind):
        record = lying(offset)
        members.append(warc.member(SPEC, record))
        lines.append(
            IndexLine(
                offset=offset,
                arrived_ms=record.arrived_ms,
                start=start,
                length=len(members[-1]),
                page_id=None,
                url_digest=None,
            )
        )
        start += len(members[-1])
    segment = Segment(part, first, behind, lines[0].arrived_ms, lines[-1].arrived_ms)
    store.put(segment.index_name, write_index(lines))
    store.put(segment.name, b"".join(members))
    return segment


def kept(store: ArchiveStore) -> Kept:
    (one,) = parts(store.segments())
    return one


def offsets(store: ArchiveStore, start: int, end: int) -> list[int]:
    return [record.offset for record in records(store, kept(store), SPEC, start=start, end=end)]


def test_a_file_is_told_by_its_name() -> None:
    segment = Segment(PART, 12, 34, 1_772_600_767_890, 1_772_600_767_999)
    assert parse(segment.name) == segment
    assert "20260304T050607.890Z" in segment.name
    for other in (segment.index_name, segment.name + ".part", "raw-pages/uuid/3/notes.txt", ""):
        assert parse(other) is None


def test_where_to_read_on_is_behind_the_last_complete_file(store: ArchiveStore) -> None:
    assert store.position(PART) == 0
    put(store, 5, 9)
    put(store, 9, 20)
    store.put(f"{PART.folder}/0000000000000000020-0000000000000000030_x.warc.gz.part", b"cut off")
    assert store.position(PART) == 20
    assert store.position(Part("raw-pages", "uuid", 4)) == 0


@pytest.mark.parametrize(("start", "end"), [(0, 99), (5, 20), (7, 8), (8, 10), (12, 13), (0, 5), (20, 30)], ids=str)
def test_a_stretch_is_read_exactly(store: ArchiveStore, start: int, end: int) -> None:
    put(store, 5, 9)
    put(store, 9, 20)
    assert offsets(store, start, end) == list(range(max(start, 5), min(end, 20)))


def test_files_that_overlap_give_each_record_once(store: ArchiveStore) -> None:
    for first, behind in ((0, 10), (0, 6), (4, 14), (14, 16), (20, 22)):
        put(store, first, behind)
    assert offsets(store, 0, 99) == [*range(16), 20, 21]
    assert kept(store).gaps == [(16, 20)]
    assert [(one.first, first) for one, first in kept(store).files] == [(0, 0), (4, 10), (14, 14), (20, 20)]


def test_no_file_is_needed_twice() -> None:
    segments = [Segment(PART, *place, 0, 0) for place in ((0, 5), (0, 9), (9, 9), (2, 9))]
    assert without_overlaps(segments) == [(segments[1], 0)]


@pytest.mark.parametrize(
    ("since_ms", "below", "found"),
    [
        pytest.param(None, 99, 5, id="from the beginning"),
        pytest.param(0, 99, 5, id="before all"),
        pytest.param(1_000_700, 99, 7, id="the very time of a record"),
        pytest.param(1_000_701, 99, 8, id="between two"),
        pytest.param(1_000_801, 99, 9, id="between two files"),
        pytest.param(1_001_901, 99, None, id="behind all"),
        pytest.param(1_000_700, 7, None, id="in what the topic still has"),
        pytest.param(None, 5, None, id="all of it in the topic"),
    ],
)
def test_a_time_is_looked_up_as_kafka_does(store: ArchiveStore, since_ms: int | None, below: int, found: int) -> None:
    put(store, 5, 9)
    put(store, 9, 20)
    assert first_at(store, kept(store), since_ms=since_ms, below=below) == found


def test_the_present_part_is_the_newest_of_its_topics_id(store: ArchiveStore) -> None:
    again, other = Part("raw-pages", "uuid~1", 3), Part("raw-pages", "another", 3)
    for part in (PART, again, other):
        put(store, 0, 2, part=part)
    found = of_part(parts(store.segments()), topic="raw-pages", incarnation="uuid", partition=3)
    assert found is not None
    assert found.part == again


def test_whole_files_pass_and_damage_is_named(store: ArchiveStore) -> None:
    first, second, third = put(store, 0, 3), put(store, 3, 6), put(store, 6, 9)
    assert [(one.records, one.complaint) for one in check(store, kept(store), SPEC)] == [(3, None)] * 3
    store.put(first.name, store.get(first.name)[:-200])
    store.put(second.name, store.get(third.name))
    store.put(third.index_name, b"{}\n")
    fourth = Segment(PART, 9, 12, 1_000_900, 1_001_100)
    store.put(fourth.name, store.get(second.name))
    complaints = [one.complaint or "" for one in check(store, kept(store), SPEC)]
    assert first.name in complaints[0]
    assert second.name in complaints[1]
    assert f"{third.index_name}:1:" in complaints[2]
    assert f"{fourth.index_name} is not there" in complaints[3]


@pytest.mark.parametrize("url", ["", "nonsense://x/y"])
def test_an_archive_that_cannot_be_is_refused_by_the_settings_name(url: str) -> None:
    with pytest.raises(UsageError, match="TOCSIN_ARCHIVE__URL"):
        ArchiveStore(Settings.model_validate({"archive": {"url": url}}))


def test_a_place_where_nothing_can_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for url in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="archive: cannot write"):
            ArchiveStore(Settings.model_validate({"archive": {"url": str(url)}})).introduce()


def test_a_bucket_that_is_not_there_is_refused_at_once(s3: str) -> None:
    with pytest.raises(UsageError, match="archive: cannot write no-such-bucket"):
        ArchiveStore(settings_of("s3://no-such-bucket/pages", s3)).introduce()


def test_a_store_that_does_not_answer_may_do_so_later(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (CREDENTIALS | {"AWS_MAX_ATTEMPTS": "1"}).items():
        monkeypatch.setenv(name, value)
    with server() as endpoint:
        pass
    with pytest.raises(TransientError, match=r"archive: cannot list .*onnect"):
        ArchiveStore(settings_of("s3://archive/pages", endpoint)).segments()


def test_what_others_left_in_the_folder_is_no_part_of_the_archive(store: ArchiveStore) -> None:
    store.introduce()
    for name in ("notes.warc.gz", "raw-pages/uuid/003/x.warc.gz", "raw-pages/uuid/003/x.index.jsonl"):
        store.put(name, b"something else")
    assert store.segments() == []
    assert store.position(PART) == 0


def test_beyond_the_horizon_counts_what_the_topic_has_lost_and_what_no_file_has(store: ArchiveStore) -> None:
    put(store, 5, 9)
    put(store, 9, 20)
    put(store, 0, 4, part=Part("raw-pages", "earlier", 3))
    topic = Horizon(
        spec=SPEC,
        name="raw-pages",
        incarnation="uuid",
        starts={2: 7, 3: 12},
        ends={2: 10, 3: 26},
        stored_bytes=None,
        oldest_at=None,
        retention=None,
        retention_bytes=None,
        is_compacted=False,
    )
    found = beyond(topic, parts(store.segments()))
    assert (found.records, found.waiting) == (7 + 4, 3 + 6)
    assert found.since == datetime.fromtimestamp(1000, UTC)
    everything = beyond(
        replace(topic, starts={3: 0}, ends={3: 20}), [kept for kept in parts(store.segments()) if kept.part == PART]
    )
    assert (everything.records, everything.since, everything.waiting) == (0, None, 0)


def test_what_a_killed_archiver_left_half_written_is_removed_when_it_is_old(tmp_path: Path) -> None:
    store = ArchiveStore(Settings.model_validate({"archive": {"url": str(tmp_path)}}))
    whole = put(store, 0, 3)
    for name, age_s in (("old", 7200), ("new", 60)):
        path = tmp_path / PART.folder / f"{name}.warc.gz.part"
        path.write_bytes(b"cut off")
        then = NOW.timestamp() - age_s
        os.utime(path, (then, then))
    store.tidy(PART.folder, now=NOW)
    left = sorted(path.name for path in (tmp_path / PART.folder).iterdir())
    assert left == sorted([Path(whole.name).name, Path(whole.index_name).name, "new.warc.gz.part"])
    store.tidy("raw-pages/nothing/000", now=NOW)
