"""Every metric, declared once: base units, closed label sets, never an address or an identifier as a label.

One exporter a process, on a thread of its own, so that it answers while the event loop is blocked.
"""

from prometheus_client import Counter, Gauge, Histogram, Info, start_http_server

from pipeline import __version__
from pipeline.errors import UnavailableError
from pipeline.settings import MetricsSettings

_DELAYS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 43_200)
_DURATIONS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

PORT_OFFSETS = {
    "poll": 0,
    "clean": 1,
    "tag": 2,
    "match": 3,
    "deliver": 4,
    "serve": 5,
    "lag": 6,
    "ledger": 7,
    "archive": 8,
}
"""Where each kind of process stands after the first metrics port."""

BUILD = Info("tocsin_build", "Version of the running code")
RECORDS = Counter(
    "tocsin_records_total", "Records by how they ended at a stage", ["stage", "outcome", "reason", "mode"]
)
STAGE_SECONDS = Histogram(
    "tocsin_stage_seconds", "Time from decoding a record to its acknowledged outcome", ["stage"], buckets=_DURATIONS
)
IN_FLIGHT = Gauge("tocsin_in_flight_records", "Records being handled", ["stage"])
LAST_RECORD = Gauge("tocsin_last_record_timestamp_seconds", "When a stage last finished a record", ["stage"])
DEAD_LETTERS = Counter("tocsin_dead_letters_total", "Records sent to the dead letters", ["stage", "reason"])
SEND_RETRIES = Counter("tocsin_send_retries_total", "Sends to Kafka tried again", ["stage"])
STALLS = Counter("tocsin_stalls_total", "Times the watchdog found no progress", ["stage"])
CHILD_ENDS = Counter("tocsin_child_ends_total", "Pool children ended before their page was done", ["reason"])
TAGS = Counter("tocsin_tags_total", "What articles were tagged with, by kind of tag", ["kind"])
MATCH_SECONDS = Histogram(
    "tocsin_match_seconds", "Time to find an article's matches among all watches", buckets=(0.00025, *_DURATIONS)
)
MATCH_CANDIDATES = Counter("tocsin_match_candidates_total", "Watches tried on articles")
MATCHES = Counter("tocsin_matches_total", "Watches found in articles")
WATCHES_ASIDE = Gauge("tocsin_watches_aside", "Watches to be in force that do not match: unreadable, failing, too slow")
MATCH_ENGINE = Gauge("tocsin_match_engine_compiled", "1 where matching runs on the compiled kernel, 0 in Python alone")
TAG_KERNEL = Gauge("tocsin_tag_kernel_compiled", "1 where tagging cuts texts by the compiled kernel, 0 in Python alone")
REFERENCE_ITEMS = Gauge("tocsin_reference_items", "Watches and actors a worker holds", ["topic"])

POLLS = Counter("tocsin_polls_total", "Feed polls by outcome", ["outcome"])
PAGES = Counter("tocsin_page_fetches_total", "Page fetches by outcome", ["outcome"])
FETCH_SECONDS = Histogram(
    "tocsin_fetch_seconds", "Time of one fetch, queueing for the host included", ["kind"], buckets=_DELAYS
)
FEEDS = Gauge("tocsin_feeds", "Feeds this poller holds, by state", ["state"])
OLDEST_OVERDUE = Gauge("tocsin_oldest_overdue_poll_seconds", "How late the most overdue feed is")
PENDING_ENTRIES = Gauge("tocsin_pending_entries", "Entries listed whose page is not yet in Kafka")

PUBLISHED_TO_SEEN = Histogram(
    "tocsin_published_to_seen_seconds", "From the feed's date to the poller's first sight", ["mode"], buckets=_DELAYS
)
SEEN_TO_ALERTED = Histogram(
    "tocsin_seen_to_alerted_seconds", "From first sight to the alert's record", ["mode"], buckets=_DELAYS
)
ALERTED_TO_DELIVERED = Histogram(
    "tocsin_alerted_to_delivered_seconds",
    "From the alert's record to the channel's acceptance",
    ["mode"],
    buckets=_DELAYS,
)
ALERTS = Counter("tocsin_alerts_total", "Alerts raised", ["mode"])
DELIVERIES = Counter("tocsin_deliveries_total", "Delivery attempts by channel kind and outcome", ["kind", "outcome"])
DELIVERY_QUEUE = Gauge("tocsin_delivery_queue", "Deliveries waiting")
DELIVERY_QUEUE_AGE = Gauge("tocsin_delivery_queue_age_seconds", "Age of the oldest delivery waiting")

ARCHIVED_RECORDS = Counter("tocsin_archived_records_total", "Records in complete files of the archive")
ARCHIVED_BYTES = Counter("tocsin_archived_bytes_total", "Bytes of complete files of the archive")
ARCHIVE_WAITING = Gauge("tocsin_archive_waiting_records", "Records read and not yet in a complete file")
ARCHIVE_OLDEST_WAITING = Gauge(
    "tocsin_archive_oldest_waiting_timestamp_seconds", "Arrival of the oldest record not yet in a complete file, or 0"
)
PREVIEWED_ARTICLES = Counter("tocsin_previewed_articles_total", "Stored articles that previews of watches read")
PREVIEW_SECONDS = Histogram("tocsin_preview_seconds", "Time of one preview of a watch", buckets=_DELAYS)

LEDGER_RECORDS = Counter("tocsin_ledger_records_total", "Records indexed by the ledger", ["topic"])
QUIET_FEEDS = Gauge("tocsin_quiet_feeds", "Feeds silent for longer than their habit explains")
FAILING_FEEDS = Gauge("tocsin_failing_feeds", "Feeds that have failed for longer than the operator's time")
OPEN_DEAD_LETTERS = Gauge("tocsin_open_dead_letters", "Dead letters neither retried nor dropped", ["stage"])
AUDIT_FINDINGS = Gauge(
    "tocsin_audit_findings", "Pages of the last day without an end, or with two, at some stage", ["finding"]
)
RUNS = Gauge("tocsin_runs", "Replays and backfills that have not ended, by state", ["kind", "state"])
RUN_AHEAD = Gauge("tocsin_run_ahead_records", "Records and gaps that lie ahead of runs that have not ended", ["kind"])

LAG_RECORDS = Gauge(
    "tocsin_consumer_lag_records", "Records between a group's commit and the end of its topic", ["stage"]
)
LAG_SECONDS = Gauge("tocsin_consumer_lag_seconds", "Age of the oldest record a group has not committed", ["stage"])
TOPIC_END = Gauge("tocsin_topic_end_offset", "Sum of a topic's end offsets", ["topic"])


def serve(process: str, settings: MetricsSettings) -> None:
    """Start the process's exporter, unless metrics are off; a second of its kind takes a port ten further, and so on.

    UnavailableError when ten of them are taken.
    """
    BUILD.info({"version": __version__, "process": process})
    if settings.port == 0:
        return
    first = settings.port + PORT_OFFSETS[process]
    for port in range(first, min(first + 100, 65_536), 10):
        try:
            start_http_server(port, addr=settings.host)
        except OSError:
            continue
        return
    raise UnavailableError(f"metrics of {process}: ports {first}, {first + 10}, … are taken (TOCSIN_METRICS__PORT)")
