"""Topics in memory and their ledger in a real database: how pages ended goes in, their explanation comes out."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pipeline.adapters import clock
from pipeline.adapters.database import Connection, Database, outbox
from pipeline.adapters.database.outcomes import StageOutcome
from pipeline.adapters.group_reader import Received as Folding
from pipeline.adapters.match_reports import reasons
from pipeline.adapters.partition import Partition
from pipeline.agents.shell import Headers, Received
from pipeline.ledger.explain import InKafka, explain_by
from pipeline.ledger.explanation import Explanation
from pipeline.ledger.indexing import keep
from pipeline.ledger.noting import SOURCES, Lying, note
from pipeline.stages.outcome import DropReason, RejectReason
from topics import codec, registry
from topics.records import Feed, FeedState, TaggedArticle, WatchFault
from topics.spec import TopicSpec

_PIPELINE = Path(__file__).parents[1] / "pipeline"
_NAMED = re.compile(r"\b(DropReason|RejectReason)\.([A-Z_]+)")


@dataclass
class Topics:
    """Topics of one partition, and the index of them. Takes what a shell and what a poller sends."""

    database: Database
    feeds: dict[str, Feed] = field(default_factory=dict)
    states: dict[str, FeedState] = field(default_factory=dict)
    faults: dict[str, WatchFault] = field(default_factory=dict)
    """What match agents report of watches, by id."""
    _logs: defaultdict[str, list[Lying]] = field(default_factory=lambda: defaultdict(list))

    def put(self, spec: TopicSpec, *, key: bytes, value: bytes | None, headers: Mapping[str, str]) -> Lying:
        """Append the record and index it."""
        lying = Lying(
            spec=spec,
            partition=0,
            offset=len(self._logs[spec.name]),
            key=key,
            value=value,
            headers=headers,
            timestamp_ms=int(clock.now().timestamp() * 1000),
        )
        self._logs[spec.name].append(lying)
        if spec in SOURCES:
            with self.database.write() as connection:
                keep(connection, [note(lying)])
        return lying

    async def send(
        self,
        spec: TopicSpec,
        record: object = None,
        *,
        key: bytes = b"",
        value: bytes = b"",
        headers: Headers | list[tuple[str, bytes]] | None = None,
        partition: int | None = None,
    ) -> None:
        """What a shell sends (key and value), or a poller (the record)."""
        del partition
        said = {name: text.decode() for name, text in dict(headers or {}).items()}
        if isinstance(record, FeedState):
            self.states[record.feed_id] = record
        if record is not None:
            key, value = spec.key_of(record), codec.encode(spec, record)
        self.put(spec, key=key, value=value, headers=said)

    def newest(self, spec: TopicSpec) -> Received:
        """The newest record of the topic, as a shell takes it."""
        lying = self._logs[spec.name][-1]
        return Received(
            topic=spec.name,
            partition=0,
            offset=lying.offset,
            key=lying.key,
            value=lying.value,
            headers=dict(lying.headers),
        )

    def newest_match(self) -> tuple[Partition, Folding]:
        """The newest match, as it is taken to be folded."""
        lying = self._logs[registry.MATCHES.name][-1]
        return Partition(topic=registry.MATCHES.name, topic_uuid="", number=0), Folding(
            offset=lying.offset,
            key=lying.key,
            value=lying.value,
            headers=dict(lying.headers),
            timestamp_ms=lying.timestamp_ms,
        )

    def forget(self, spec: TopicSpec) -> None:
        """As retention does with records of long ago."""
        self._logs[spec.name].clear()

    def publish(self) -> None:
        """Bring what the database has to say into the topics."""
        with self.database.write() as connection:
            letters = _taken(connection)
        for letter in letters:
            spec = registry.by_name(letter.topic)
            self.put(spec, key=letter.key, value=letter.value, headers=dict(letter.headers))

    def explain(self, url: str, *, watch_id: str | None = None) -> Explanation:
        """What `tocsin explain` says of the address."""
        known = InKafka(
            feeds=self.feeds,
            states=self.states,
            article_at=self._article_at,
            put_aside=partial(reasons, self.faults),
        )
        return explain_by(known, self.database, url, watch_id=watch_id)

    def _article_at(self, place: StageOutcome) -> TaggedArticle | None:
        if not self._logs[place.topic]:
            return None
        value = self._logs[place.topic][place.offset].value
        try:
            tagged: TaggedArticle = codec.decode(registry.TAGGED_ARTICLES, value)
        except codec.UndecodableError:
            return None
        return tagged


def _taken(connection: Connection) -> tuple[outbox.Letter, ...]:
    letters = outbox.oldest(connection, limit=1000)
    outbox.remove(connection, [letter.row_id for letter in letters])
    return letters


def reasons_in(*parts: str) -> set[str]:
    """The reasons that these files, or all files of these folders, under `pipeline/` end something for."""
    files = [file for part in parts for file in sorted(_PIPELINE.glob(part))]
    assert files, parts
    enums = {"DropReason": DropReason, "RejectReason": RejectReason}
    found = [match for file in files for match in _NAMED.findall(file.read_text("utf-8"))]
    return {enums[enum][name].value for enum, name in found}
