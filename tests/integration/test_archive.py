"""Archives on a real broker: killed at any moment they hold every record once, and replay reads on where topics end."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.adapters import horizon, kafka, topics
from pipeline.adapters.archive import ArchiveStore, HistoryRange, bounds_of, parts
from pipeline.adapters.archive.contents import records
from pipeline.adapters.archive.history import size_of
from pipeline.adapters.kafka import Producer, topic_name
from pipeline.adapters.lag import LagReader
from pipeline.adapters.ranges import RangeRecord, TopicRange
from pipeline.adapters.ranges import bounds_of as topic_bounds
from pipeline.settings import Settings
from tests.integration.pipeline import tocsin
from tests.integration.running import running
from tests.s3 import make_bucket, server
from tests.samples import raw_page
from tests.waiting import until
from topics import registry

SPEC = registry.RAW_PAGES
Where = tuple[int, int]


@pytest.fixture
def archived(settings: Settings) -> Settings:
    """Settings with an archive whose files are small."""
    archive = settings.archive.model_copy(
        update={
            "url": str(settings.data_folder / "archive"),
            "segment_bytes": 6 << 10,
            "segment_age": timedelta(hours=1),
        }
    )
    return settings.model_copy(update={"archive": archive})


@pytest.fixture
def archived_in_s3(archived: Settings) -> Iterator[Settings]:
    """The same with the archive in a bucket of an S3 server."""
    with server() as endpoint:
        place = {"url": make_bucket(endpoint, "archive"), "endpoint": endpoint}
        yield archived.model_copy(update={"archive": archived.archive.model_copy(update=place)})


def send(producer: Producer, first: int, behind: int) -> None:
    """Pages of several hosts, so that every partition gets some."""
    sent = []
    for number in range(first, behind):
        page = raw_page(f"https://news{number % 7}.example/{number}", body=b"<p>%d</p>" % number)
        headers = [("steps", b"{}"), ("steps", b"\xff")]
        sent.append(producer.send(SPEC, page, headers=headers, partition=number % 3))
    for future in sent:
        future.result(30)


def in_topic(settings: Settings) -> dict[Where, RangeRecord]:
    source = TopicRange(settings, SPEC, topic_bounds(settings, SPEC))
    found = [record for batch in source.batches() for record in batch.records]
    source.close()
    return {(record.partition, record.offset): record for record in found}


def in_files(settings: Settings) -> list[Where]:
    """Every record of every file, however often it is there."""
    store = ArchiveStore(settings)
    return [
        (lying.partition, lying.offset)
        for segment in store.segments()
        for one in parts([segment])
        for lying in records(store, one, SPEC, start=segment.first, end=segment.behind)
    ]


def in_archive(settings: Settings) -> list[RangeRecord]:
    """Each record of the archive once, as readers take it."""
    store = ArchiveStore(settings)
    return [
        RangeRecord(one.partition, one.offset, one.key, one.value, list(one.headers), one.arrived_ms)  # type: ignore[arg-type]
        for kept in parts(store.segments())
        for one in records(store, kept, SPEC, start=kept.first, end=kept.behind)
    ]


def in_history(settings: Settings, **bounds: datetime) -> list[RangeRecord]:
    source = HistoryRange(settings, SPEC, bounds_of(settings, SPEC, **bounds))
    found = [record for batch in source.batches() for record in batch.records]
    source.close()
    assert source.missing == 0
    return found


def forget(settings: Settings, offsets: dict[int, int]) -> None:
    """Let the broker delete what lies before those offsets, as retention does."""
    admin = kafka.admin(settings)
    admin.delete_records({TopicPartition(topic_name(settings, SPEC), number): at for number, at in offsets.items()})
    admin.close()


def archive_all(settings: Settings, count: int) -> None:
    """Run the archiver until so many records are in complete files, and end it in order."""
    store = ArchiveStore(settings)
    log = settings.data_folder / "archive.log"
    with running(settings, "-m", "pipeline", "archive", log=log, TOCSIN_ARCHIVE__SEGMENT_AGE="0.5") as process:
        until(lambda: sum(one.behind for one in parts(store.segments())) == count, within_s=60)
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.parametrize("place", ["archived", "archived_in_s3"])
def test_killed_in_the_middle_of_a_file_it_holds_every_record_once(
    place: str, producer: Producer, request: pytest.FixtureRequest
) -> None:
    archived: Settings = request.getfixturevalue(place)
    store = ArchiveStore(archived)
    log = archived.data_folder / "archive.log"
    for start in range(0, 240, 120):
        with running(archived, "-m", "pipeline", "archive", log=log) as process:
            before = len(store.segments())
            send(producer, start, start + 114)
            until(lambda before=before: len(store.segments()) > before, within_s=60)  # type: ignore[misc]
            # Too few to complete a file: it is killed with these in hand, or before it has read them.
            send(producer, start + 114, start + 120)
            process.kill()
            process.wait()
    assert 0 < len(in_files(archived)) < 240
    archive_all(archived, 240)
    original = in_topic(archived)
    assert len(original) == 240
    assert sorted(in_files(archived)) == sorted(original)
    assert "240 records, 0 files broken" in tocsin(archived, "archive", "verify")
    listed = [json.loads(line) for line in tocsin(archived, "archive", "list", "--json").splitlines()]
    assert [(one["partition"], one["first"], one["gaps"]) for one in listed] == [(0, 0, []), (1, 0, []), (2, 0, [])]


def test_archivers_that_come_and_go_share_the_partitions_and_lose_nothing(
    archived: Settings, producer: Producer
) -> None:
    store = ArchiveStore(archived)
    quick = {"TOCSIN_ARCHIVE__SEGMENT_AGE": "0.5"}
    with running(archived, "-m", "pipeline", "archive", log=archived.data_folder / "1.log", **quick) as first:
        send(producer, 0, 60)
        until(lambda: len(store.segments()) > 0, within_s=60)
        with running(archived, "-m", "pipeline", "archive", log=archived.data_folder / "2.log", **quick):
            send(producer, 60, 120)
            until(lambda: sum(one.behind for one in parts(store.segments())) == 120, within_s=60)
            send(producer, 120, 180)
            first.kill()
            first.wait()
            until(lambda: sum(one.behind for one in parts(store.segments())) == 180, within_s=60)
    assert all(not one.gaps for one in parts(store.segments()))
    assert {(one.partition, one.offset): one for one in in_archive(archived)} == in_topic(archived)


def test_a_range_over_archive_and_topic_gives_each_record_once_as_it_was(
    archived: Settings, producer: Producer
) -> None:
    send(producer, 0, 120)
    middle = datetime.now(UTC)
    until(lambda: datetime.now(UTC) > middle + timedelta(milliseconds=5))
    send(producer, 120, 240)
    archive_all(archived, 240)
    original = in_topic(archived)
    forget(archived, {0: 60, 1: 0, 2: 80})
    for _ in range(2):
        found = in_history(archived)
        assert {(one.partition, one.offset): one for one in found} == original
        assert len(found) == len(original)
        for number in range(3):
            offsets = [one.offset for one in found if one.partition == number]
            assert offsets == sorted(offsets)
        forget(archived, {0: 80, 1: 80, 2: 80})
    counted = json.loads(tocsin(archived, "replay", "raw-pages", "--dry-run", "--json"))
    assert (counted["taken"], counted["unreadable"]) == (240, 0)
    middle_ms = int(middle.timestamp() * 1000)
    earlier = [where for where, one in original.items() if one.arrived_ms < middle_ms]
    assert 0 < len(earlier) < 240
    assert sorted((one.partition, one.offset) for one in in_history(archived, until=middle)) == sorted(earlier)
    later = sorted(original.keys() - set(earlier))
    assert sorted((one.partition, one.offset) for one in in_history(archived, since=middle)) == later


def test_what_retention_takes_while_a_range_is_read_comes_from_the_archive(
    archived: Settings, producer: Producer
) -> None:
    send(producer, 0, 240)
    archive_all(archived, 240)
    original = in_topic(archived)
    extent = bounds_of(archived, SPEC)
    assert size_of(extent) == 240
    forget(archived, dict.fromkeys(range(3), 50))
    source = HistoryRange(archived, SPEC, extent, max_records=10)
    positions: dict[str, int] = {}
    found, passed = [], 0
    for batch in source.batches():
        found += batch.records
        positions |= batch.positions
        passed += batch.passed
        if passed > 100:
            break
    source.close()
    # Killed here and started again, after still more has gone.
    forget(archived, dict.fromkeys(range(3), 80))
    resumed = HistoryRange(archived, SPEC, extent, positions=positions)
    rest = [record for batch in resumed.batches() for record in batch.records]
    resumed.close()
    assert source.missing == resumed.missing == 0
    assert len(found) + len(rest) == 240
    assert {(one.partition, one.offset): one for one in (*found, *rest)} == original


def test_a_topic_made_anew_leaves_the_old_pages_in_the_range(archived: Settings, producer: Producer) -> None:
    send(producer, 0, 60)
    archive_all(archived, 60)
    original = in_topic(archived)
    topics.remove(archived)
    topics.apply(archived)
    fresh = Producer(archived)
    send(fresh, 60, 90)
    fresh.close(10)
    values = sorted(one.value or b"" for one in in_history(archived))
    assert values == sorted(one.value or b"" for one in (*original.values(), *in_topic(archived).values()))
    assert len(values) == 90


def test_the_horizon_shows_what_retention_took_and_what_the_archive_has(archived: Settings, producer: Producer) -> None:
    send(producer, 0, 60)
    archive_all(archived, 60)
    lag = LagReader(archived)
    until(lambda: lag.read(datetime.now(UTC)).stages["archive"].records == 0)
    lag.close()
    (before,) = horizon.read(archived, [SPEC])
    assert before.records == 60
    assert before.stored_bytes
    assert before.oldest_at is not None
    assert before.goes_at == before.oldest_at + timedelta(days=14)
    admin = kafka.admin(archived)
    change = {"retention.ms": "1000"}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic_name(archived, SPEC), change)])
    admin.close()
    until(lambda: horizon.read(archived, [SPEC])[0].records == 0, within_s=90)
    (after,) = horizon.read(archived, [SPEC])
    assert (after.oldest_at, after.goes_at, after.retention) == (None, None, timedelta(seconds=1))
    shown = tocsin(archived, "topics", "horizon", "--json").splitlines()
    (line,) = [one for one in shown if f'"{topic_name(archived, SPEC)}"' in one]
    assert '"archived_beyond": 60' in line
    assert '"not_archived": 0' in line
    assert len(in_history(archived)) == 60
