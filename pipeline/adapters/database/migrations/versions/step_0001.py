"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make everything."""
    _make_control_tables()
    _make_alerts()
    _make_folded_matches()
    _make_deliveries()
    _make_queues()
    _make_runs()
    _make_outcomes()
    _make_dead_letters()


def _make_control_tables() -> None:
    op.create_table(
        "watches",
        sa.Column("watch_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("watch_id", name=op.f("pk_watches")),
    )
    op.create_table(
        "channels",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("secrets", sa.JSON(), nullable=False, comment="signing secrets, the newest first"),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("on_interrupted", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channels")),
    )
    op.create_table(
        "watch_channels",
        sa.Column("watch_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="the order its owner gave"),
        sa.ForeignKeyConstraint(["channel"], ["channels.name"], name=op.f("fk_watch_channels_channel_channels")),
        sa.ForeignKeyConstraint(["watch_id"], ["watches.watch_id"], name=op.f("fk_watch_channels_watch_id_watches")),
        sa.PrimaryKeyConstraint("watch_id", "channel", name=op.f("pk_watch_channels")),
    )
    op.create_table(
        "actors",
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", name=op.f("pk_actors")),
    )


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column(
            "sequence", sa.BigInteger(), autoincrement=False, nullable=False, comment="order of commit, without gaps"
        ),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False, comment="what it was compared with: stages/fold.py"),
        sa.Column("watch_id", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False, comment="the run that raised it"),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "fetched_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="of the article that raised it",
        ),
        sa.Column("copies", sa.Integer(), nullable=False, comment="the same text at other addresses"),
        sa.Column("repeats", sa.Integer(), nullable=False, comment="later versions of a page of the story"),
        sa.Column("record", sa.LargeBinary(), nullable=False, comment="the record of the topic alerts, as bytes"),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_alerts")),
        sa.UniqueConstraint("alert_id", "lane", name=op.f("uq_alerts_alert_id_lane")),
    )
    op.create_index(op.f("ix_alerts_watch_id_sequence"), "alerts", ["watch_id", "sequence"], unique=False)
    op.create_index(op.f("ix_alerts_run_id_sequence"), "alerts", ["run_id", "sequence"], unique=False)


def _make_folded_matches() -> None:
    op.create_table(
        "folded_matches",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("match_id", sa.Text(), nullable=False),
        sa.Column("alert_sequence", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False, comment="the run that folded it"),
        sa.Column("part", sa.Text(), nullable=False, comment="raised, same-page or copy"),
        sa.Column("watch_id", sa.Text(), nullable=False),
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("site_name", sa.Text(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_sequence"], ["alerts.sequence"], name=op.f("fk_folded_matches_alert_sequence_alerts")
        ),
        sa.PrimaryKeyConstraint("lane", "match_id", name=op.f("pk_folded_matches")),
    )
    op.create_index(op.f("ix_folded_matches_page_id"), "folded_matches", ["page_id"], unique=False)
    op.create_index(op.f("ix_folded_matches_alert_sequence"), "folded_matches", ["alert_sequence"], unique=False)
    op.create_index(
        op.f("ix_folded_matches_lane_watch_id_page_id"), "folded_matches", ["lane", "watch_id", "page_id"], unique=False
    )
    op.create_index(
        op.f("ix_folded_matches_lane_watch_id_text_digest"),
        "folded_matches",
        ["lane", "watch_id", "text_digest"],
        unique=False,
    )


def _make_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("alert_sequence", sa.BigInteger(), nullable=False),
        sa.Column(
            "message_id", sa.Text(), nullable=False, comment="the key by which a receiver knows a message it has"
        ),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="of the channel"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="begun so far"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True, comment="incarnation of the process that sends it"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True, comment="what happened last, in words"),
        sa.Column("body", sa.LargeBinary(), nullable=True, comment="as first sent; every attempt sends these bytes"),
        sa.ForeignKeyConstraint(
            ["alert_sequence"], ["alerts.sequence"], name=op.f("fk_deliveries_alert_sequence_alerts")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("alert_sequence", "channel", name=op.f("uq_deliveries_alert_sequence_channel")),
    )
    op.create_index(op.f("ix_deliveries_channel_status"), "deliveries", ["channel", "status"], unique=False)
    op.create_index(op.f("ix_deliveries_status_due_at"), "deliveries", ["status", "due_at"], unique=False)
    op.create_table(
        "digest_alerts",
        sa.Column("alert_sequence", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="of the channel"),
        sa.Column("delivery_id", sa.Text(), nullable=True, comment="that tells of it; null while it waits"),
        sa.ForeignKeyConstraint(
            ["alert_sequence"], ["alerts.sequence"], name=op.f("fk_digest_alerts_alert_sequence_alerts")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.delivery_id"], name=op.f("fk_digest_alerts_delivery_id_deliveries")
        ),
        sa.PrimaryKeyConstraint("alert_sequence", "channel", name=op.f("pk_digest_alerts")),
    )
    op.create_index(op.f("ix_digest_alerts_delivery_id"), "digest_alerts", ["delivery_id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.delivery_id"], name=op.f("fk_attempts_delivery_id_deliveries")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "attempt", name=op.f("pk_attempts")),
    )
    op.create_table(
        "deliverers",
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("incarnation", name=op.f("pk_deliverers")),
    )


def _make_queues() -> None:
    op.create_table(
        "offsets",
        sa.Column("reader", sa.Text(), nullable=False, comment="who reads: each keeps its own place"),
        sa.Column("topic", sa.Text(), nullable=False, comment="name on the broker"),
        sa.Column("topic_uuid", sa.Text(), nullable=False, comment="a topic made anew starts anew"),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "topic", "topic_uuid", "partition", name=op.f("pk_offsets")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False, comment="declared name"),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True, comment="null is a tombstone"),
        sa.Column("headers", sa.JSON(), nullable=False, comment="names and values, in order"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.Text(), nullable=True, comment="why the broker will never take it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("asked_digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("notify", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False, comment="what was asked, in words"),
        sa.Column("bounds", sa.JSON(), nullable=False, comment="topic to partition to first offset and end"),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="offsets ahead at its start"),
        sa.Column("positions", sa.JSON(), nullable=False, comment="where it goes on"),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True, comment="why it waits or failed"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, comment="last sign of life"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_asked_digest"), "runs", ["asked_digest"], unique=False)
    op.create_index(op.f("ix_runs_status"), "runs", ["status"], unique=False)


def _make_outcomes() -> None:
    op.create_table(
        "stage_outcomes",
        sa.Column("name", sa.LargeBinary(), nullable=False, comment="of all that tells it from others"),
        sa.Column("subject", sa.LargeBinary(), nullable=False, comment="page version, or what had none"),
        sa.Column("page_id", sa.LargeBinary(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False, comment="of the stage"),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("watch_id", sa.Text(), nullable=True),
        sa.Column("feed_id", sa.LargeBinary(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True, comment="where the page begins: at the poll"),
        sa.Column("source", sa.Text(), nullable=True, comment="topic/partition/offset of what ended so"),
        sa.Column("topic", sa.Text(), nullable=False, comment="declared name; where the outcome lies"),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stage_outcomes")),
    )
    op.create_index(op.f("ix_stage_outcomes_arrived_at_stage"), "stage_outcomes", ["arrived_at", "stage"], unique=False)
    op.create_index(op.f("ix_stage_outcomes_page_id"), "stage_outcomes", ["page_id"], unique=False)
    op.create_index(op.f("ix_stage_outcomes_subject_stage"), "stage_outcomes", ["subject", "stage"], unique=False)
    op.create_table(
        "page_addresses",
        sa.Column("address", sa.LargeBinary(), nullable=False, comment="the id a page of that address would have"),
        sa.Column("page_id", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", "page_id", name=op.f("pk_page_addresses")),
    )
    op.create_index(op.f("ix_page_addresses_seen_at"), "page_addresses", ["seen_at"], unique=False)


def _make_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("letter_id", sa.LargeBinary(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False, comment="declared name; where the record lay that was refused"),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("page_id", sa.LargeBinary(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column(
            "retried_from", sa.LargeBinary(), nullable=True, comment="the letter whose record this was once more"
        ),
        sa.Column("letter_topic", sa.Text(), nullable=False, comment="declared name; where the letter lies"),
        sa.Column("letter_partition", sa.Integer(), nullable=False),
        sa.Column("letter_offset", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, comment="open, retried or dropped"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_dead_letters")),
    )
    op.create_index(op.f("ix_dead_letters_failed_at"), "dead_letters", ["failed_at"], unique=False)
    op.create_index(op.f("ix_dead_letters_page_id"), "dead_letters", ["page_id"], unique=False)
    op.create_index(op.f("ix_dead_letters_status_failed_at"), "dead_letters", ["status", "failed_at"], unique=False)
    op.create_table(
        "feed_hours",
        sa.Column("feed_id", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False, comment="since 1970, in which they were published"),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=False, comment="when the last of them was seen"),
        sa.PrimaryKeyConstraint("feed_id", "hour", name=op.f("pk_feed_hours")),
    )
