"""The control database's tables, the same on SQLite and PostgreSQL; `migrations/` makes them, step by step.

Rows that other tables point to are never deleted while they are pointed to: a watch that was removed keeps its row, so
that its revisions go on counting should it come back. Channels are named, not pointed to, by deliveries: the log of
what was sent outlives the channel.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from pipeline.adapters.database.columns import COUNTED, Digest, Moment

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    }
)


watches = Table(
    "watches",
    metadata,
    Column("watch_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("subscriber", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("removed_at", Moment),
)

channels = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("url", Text),
    Column("secrets", JSON, nullable=False, comment="signing secrets, the newest first"),
    Column("path", Text),
    Column("on_interrupted", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    Column("disabled_reason", Text),
)

watch_channels = Table(
    "watch_channels",
    metadata,
    Column("watch_id", ForeignKey(watches.c.watch_id), primary_key=True),
    Column("channel", ForeignKey(channels.c.name), primary_key=True),
    Column("position", Integer, nullable=False, comment="the order its owner gave"),
)

actors = Table(
    "actors",
    metadata,
    Column("actor_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("aliases", JSON, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False, comment="order of commit, without gaps"),
    Column("alert_id", Text, nullable=False),
    Column("lane", Text, nullable=False, comment="what it was compared with: stages/fold.py"),
    Column("watch_id", Text, nullable=False),
    Column("story_id", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("run_id", Text, nullable=False, comment="the run that raised it"),
    Column("raised_at", Moment, nullable=False),
    Column("fetched_at", Moment, nullable=False, comment="of the article that raised it"),
    Column("copies", Integer, nullable=False, comment="the same text at other addresses"),
    Column("repeats", Integer, nullable=False, comment="later versions of a page of the story"),
    Column("record", LargeBinary, nullable=False, comment="the record of the topic alerts, as bytes"),
    UniqueConstraint("alert_id", "lane"),
    Index(None, "watch_id", "sequence"),
    Index(None, "run_id", "sequence"),
)

folded_matches = Table(
    "folded_matches",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("match_id", Text, primary_key=True),
    Column("alert_sequence", ForeignKey(alerts.c.sequence), nullable=False),
    Column("run_id", Text, nullable=False, comment="the run that folded it"),
    Column("part", Text, nullable=False, comment="raised, same-page or copy"),
    Column("watch_id", Text, nullable=False),
    Column("page_id", Text, nullable=False),
    Column("text_digest", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("site_name", Text),
    Column("fetched_at", Moment, nullable=False),
    Index(None, "lane", "watch_id", "page_id"),
    Index(None, "lane", "watch_id", "text_digest"),
    Index(None, "page_id"),
    Index(None, "alert_sequence"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("alert_sequence", ForeignKey(alerts.c.sequence), nullable=False),
    Column("message_id", Text, nullable=False, comment="the key by which a receiver knows a message it has"),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="of the channel"),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False, comment="begun so far"),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("claimed_at", Moment),
    Column("claimed_by", Text, comment="incarnation of the process that sends it"),
    Column("ended_at", Moment),
    Column("detail", Text, comment="what happened last, in words"),
    Column("body", LargeBinary, comment="as first sent; every attempt sends these bytes"),
    UniqueConstraint("alert_sequence", "channel"),
    Index(None, "status", "due_at"),
    Index(None, "channel", "status"),
)

digest_alerts = Table(
    "digest_alerts",
    metadata,
    Column("alert_sequence", ForeignKey(alerts.c.sequence), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("kind", Text, nullable=False, comment="of the channel"),
    Column("delivery_id", ForeignKey(deliveries.c.delivery_id), comment="that tells of it; null while it waits"),
    Index(None, "delivery_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery_id", ForeignKey(deliveries.c.delivery_id), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("outcome", Text),
    Column("status_code", Integer),
    Column("detail", Text),
)

deliverers = Table(
    "deliverers",
    metadata,
    Column("incarnation", Text, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("alive_until", Moment, nullable=False),
)

offsets = Table(
    "offsets",
    metadata,
    Column("reader", Text, primary_key=True, comment="who reads: each keeps its own place"),
    Column("topic", Text, primary_key=True, comment="name on the broker"),
    Column("topic_uuid", Text, primary_key=True, comment="a topic made anew starts anew"),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", COUNTED, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False, comment="declared name"),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, comment="null is a tombstone"),
    Column("headers", JSON, nullable=False, comment="names and values, in order"),
    Column("created_at", Moment, nullable=False),
    Column("refused", Text, comment="why the broker will never take it"),
    sqlite_autoincrement=True,
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("asked_digest", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("notify", Text, nullable=False),
    Column("asked", JSON, nullable=False, comment="what was asked, in words"),
    Column("bounds", JSON, nullable=False, comment="topic to partition to first offset and end"),
    Column("size", BigInteger, nullable=False, comment="offsets ahead at its start"),
    Column("positions", JSON, nullable=False, comment="where it goes on"),
    Column("counts", JSON, nullable=False),
    Column("status", Text, nullable=False),
    Column("note", Text, comment="why it waits or failed"),
    Column("started_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False, comment="last sign of life"),
    Column("ended_at", Moment),
    Column("cancel_asked_at", Moment),
    Column("report", JSON),
    Index(None, "asked_digest"),
    Index(None, "status"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

stage_outcomes = Table(
    "stage_outcomes",
    metadata,
    Column("name", Digest, primary_key=True, comment="of all that tells it from others"),
    Column("subject", Digest, nullable=False, comment="page version, or what had none"),
    Column("page_id", Digest),
    Column("stage", Text, nullable=False),
    Column("version", Text, nullable=False, comment="of the stage"),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("detail", Text),
    Column("watch_id", Text),
    Column("feed_id", Digest),
    Column("run_id", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("url", Text, comment="where the page begins: at the poll"),
    Column("source", Text, comment="topic/partition/offset of what ended so"),
    Column("topic", Text, nullable=False, comment="declared name; where the outcome lies"),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("arrived_at", Moment, nullable=False),
    Index(None, "page_id"),
    Index(None, "subject", "stage"),
    Index(None, "arrived_at", "stage"),
)

page_addresses = Table(
    "page_addresses",
    metadata,
    Column("address", Digest, primary_key=True, comment="the id a page of that address would have"),
    Column("page_id", Digest, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Index(None, "seen_at"),
)

feed_hours = Table(
    "feed_hours",
    metadata,
    Column("feed_id", Digest, primary_key=True),
    Column("hour", Integer, primary_key=True, comment="since 1970, in which they were published"),
    Column("pages", Integer, nullable=False),
    Column("newest_at", Moment, nullable=False, comment="when the last of them was seen"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("letter_id", Digest, primary_key=True),
    Column("topic", Text, nullable=False, comment="declared name; where the record lay that was refused"),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("stage", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text),
    Column("attempt", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("page_id", Digest),
    Column("url", Text),
    Column("run_id", Text),
    Column("retried_from", Digest, comment="the letter whose record this was once more"),
    Column("letter_topic", Text, nullable=False, comment="declared name; where the letter lies"),
    Column("letter_partition", Integer, nullable=False),
    Column("letter_offset", BigInteger, nullable=False),
    Column("failed_at", Moment, nullable=False),
    Column("status", Text, nullable=False, comment="open, retried or dropped"),
    Column("changed_at", Moment),
    Column("changed_by", Text),
    Column("note", Text),
    Index(None, "status", "failed_at"),
    Index(None, "failed_at"),
    Index(None, "page_id"),
)
