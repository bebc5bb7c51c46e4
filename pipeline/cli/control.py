"""What the commands over the control database share: opening it, importing a file, sending out what changed."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import typer

from pipeline import log, settings
from pipeline.adapters import clock
from pipeline.adapters.database import Change, Connection, Database, open_database, upgrade
from pipeline.adapters.database import actors as actor_rows
from pipeline.adapters.database import channels as channel_rows
from pipeline.adapters.database import watches as watch_rows
from pipeline.errors import UsageError
from pipeline.settings import Settings
from pipeline.stages import watchfile
from topics.records import Watch

_LARGEST_FILE_BYTES = 50 << 20
_OUTBOX_WITHIN_S = 5.0
T = TypeVar("T")


@contextmanager
def reading() -> Iterator[Database]:
    """The control database, to look at."""
    with _opened(_load()) as database:
        yield database


def change(work: Callable[[Connection, datetime], T]) -> T:
    """Do the work in one transaction and send out what it changed; nothing is written when anything fails."""
    # Late, as Kafka's client takes its time to import: most commands only look.
    from pipeline.adapters import topics
    from pipeline.adapters.kafka import Producer
    from pipeline.adapters.outbox import Outbox

    loaded = _load()
    topics.require(loaded)
    producer = Producer(loaded)
    try:
        with _opened(loaded) as database:
            with database.write() as connection:
                result = work(connection, clock.now())
            # Whoever holds the outbox meanwhile, a deliverer say, sends the rest.
            Outbox(database).publish(producer, wait_s=_OUTBOX_WITHIN_S)
    finally:
        producer.close()
    return result


def read_file(path: Path) -> watchfile.WatchFile:
    """What a file holds. UsageError names the line at fault."""
    return watchfile.read(_content(path), source=str(path))


def import_file(path: Path) -> dict[int, list[str]]:
    """Put a file's channels, actors and watches in force, all or none. UsageError names the line at fault.

    Returned are the watches that ask for a backfill: ids by how many days.
    """
    file = read_file(path)
    counts = change(lambda connection, now: _put_all(connection, file, now))
    for what in ("channels", "actors", "watches"):
        said = ", ".join(f"{counts[what, how]} {how.value}" for how in Change if counts[what, how])
        if said:
            typer.echo(f"{what}: {said}")
    wanted: dict[int, list[str]] = {}
    for entry in file.watches:
        if entry.backfill_days:
            wanted.setdefault(entry.backfill_days, []).append(entry.watch_id)
    return wanted


def _put_all(connection: Connection, file: watchfile.WatchFile, now: datetime) -> Counter[tuple[str, Change]]:
    counts: Counter[tuple[str, Change]] = Counter()
    for channel in file.channels:
        counts["channels", channel_rows.put(connection, _stored(channel), now=now)] += 1
    for actor in file.actors:
        counts["actors", actor_rows.put(connection, actor, now=now)] += 1
    for entry in file.watches:
        watch = Watch(
            watch_id=entry.watch_id, name=entry.name, query=entry.query, subscriber=entry.subscriber, revision=0
        )
        counts["watches", watch_rows.put(connection, watch, channels=entry.channels, now=now)] += 1
    return counts


def _stored(channel: watchfile.Channel) -> channel_rows.StoredChannel:
    return channel_rows.StoredChannel(
        name=channel.name,
        kind=channel.kind,
        url=channel.url,
        secrets=(channel.secret,) if channel.secret is not None else (),
        path=channel.path,
    )


def written(channel: channel_rows.StoredChannel) -> watchfile.Channel:
    """The stored channel as a file has it."""
    return watchfile.Channel(
        name=channel.name,
        kind=channel.kind,
        url=channel.url,
        secret=channel.secrets[0] if channel.secrets else None,
        path=channel.path,
    )


@contextmanager
def _opened(loaded: Settings) -> Iterator[Database]:
    upgrade(loaded)
    database = open_database(loaded)
    try:
        yield database
    finally:
        database.close()


def _load() -> Settings:
    loaded = settings.load()
    log.configure(level=loaded.log_level)
    return loaded


def _content(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise UsageError(f"{path}: larger than {_LARGEST_FILE_BYTES >> 20} MiB")
        return path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text (byte {error.start})") from error
