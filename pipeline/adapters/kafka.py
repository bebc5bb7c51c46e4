"""kafka-python clients as Tocsin wants them, and names as the broker knows them.

`enable_idempotence` and `acks=all` are kafka-python's defaults and are relied on.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from pipeline.errors import TocsinError, TransientError, UnavailableError
from pipeline.settings import Settings
from topics import codec
from topics.spec import Lane, TopicSpec

Headers = list[tuple[str, bytes]]


class UnsendableError(TocsinError):
    """The broker will never take this record (too large)."""


def topic_name(settings: Settings, spec: TopicSpec) -> str:
    """The topic's name on the broker: the operator's prefix, then the declared name."""
    return settings.kafka.prefix + spec.name


def group_name(settings: Settings, stage: str) -> str:
    """The consumer group of a stage; `stage_in` names one of the replay lane."""
    return f"{settings.kafka.prefix}tocsin-{stage}"


def stage_in(stage: str, lane: Lane) -> str:
    """What the stage is called in that lane where the two must be told apart: groups, metrics, folders."""
    return stage if lane is Lane.LIVE else f"{stage}-{lane.value}"


def client_options(settings: Settings) -> dict[str, Any]:
    """Bootstrap, SASL and TLS options, as every kafka-python client takes them."""
    kafka = settings.kafka
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap.split(","),
        "security_protocol": kafka.security_protocol,
        # The defaults are half a minute each: too long to say that there is no broker, or to notice that it is back.
        "bootstrap_timeout_ms": 10_000,
        "reconnect_backoff_max_ms": 2_000,
    }
    if kafka.security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": kafka.sasl_password.get_secret_value() if kafka.sasl_password else None,
        }
    if kafka.security_protocol.endswith("SSL"):
        options |= {
            "ssl_cafile": kafka.ssl_cafile,
            "ssl_certfile": kafka.ssl_certfile,
            "ssl_keyfile": kafka.ssl_keyfile,
        }
    return options


class _Consumer(KafkaConsumer):  # type: ignore[misc]  # kafka-python is not typed
    """Finishes joining its group whatever happens meanwhile."""

    def poll(self, *args: Any, **options: Any) -> Any:
        """As kafka-python does it, which forgets a join that a topic's new partitions began and one poll did not end.

        The member then has no partitions for ever, and looks for them without a pause: kafka-python 3.0.12.
        """
        if self.config["group_id"] is not None and self._coordinator.rejoining:
            self._coordinator.request_rejoin()
        return super().poll(*args, **options)


def consumer(settings: Settings, *, group: str | None = None, **options: Any) -> KafkaConsumer:
    """A consumer that starts at the earliest record and never commits by itself. UnavailableError without a broker."""
    defaults = {
        "group_id": group,
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "fetch_max_bytes": 50 << 20,
        "max_partition_fetch_bytes": 8 << 20,
    }
    return _connect(settings, lambda: _Consumer(**client_options(settings), **(defaults | options)))


def follower(settings: Settings) -> KafkaConsumer:
    """A consumer for what hardly ever changes: the broker keeps its question until it does, which costs both little."""
    return consumer(settings, fetch_max_wait_ms=5_000)


def admin(settings: Settings) -> KafkaAdminClient:
    """An admin client. UnavailableError without a broker."""
    # It asks a node it does not know of only once it has refreshed what nodes there are: by default after 5 minutes, in
    # which a node that was away when it connected stays unknown to it (UnknownBrokerIdError).
    return _connect(settings, lambda: KafkaAdminClient(**client_options(settings), metadata_max_age_ms=10_000))


class Producer:
    """Sends records of declared topics; thread-safe."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        self._settings = settings
        defaults = {"compression_type": "zstd", "linger_ms": 2, "max_request_size": 8 << 20}
        self._producer = _connect(settings, lambda: KafkaProducer(**client_options(settings), **(defaults | options)))

    def send(
        self, spec: TopicSpec, record: object, *, headers: Headers | None = None, partition: int | None = None
    ) -> "Future[None]":
        """Send one record. The future ends when it is acknowledged, or with UnsendableError or TransientError."""
        return self.send_bytes(
            spec, key=spec.key_of(record), value=codec.encode(spec, record), headers=headers, partition=partition
        )

    def send_bytes(
        self,
        spec: TopicSpec,
        *,
        key: bytes,
        value: bytes | None,
        headers: Headers | None = None,
        partition: int | None = None,
    ) -> "Future[None]":
        """Send bytes as they are; a value of None is a tombstone. The future ends as `send`'s does."""
        result: Future[None] = Future()
        try:
            sent = self._producer.send(
                topic_name(self._settings, spec), key=key, value=value, headers=headers or [], partition=partition
            )
        except KafkaError as error:
            result.set_exception(_translate(error))
            return result
        sent.add_callback(lambda _metadata: result.set_result(None))
        sent.add_errback(lambda error: result.set_exception(_translate(error)))
        return result

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything sent so far was acknowledged or failed. TransientError when that takes longer."""
        try:
            self._producer.flush(timeout_s)
        except KafkaError as error:
            raise _translate(error) from error

    def partitions_of(self, spec: TopicSpec) -> int:
        """How many partitions the topic has on the broker."""
        return len(self._producer.partitions_for(topic_name(self._settings, spec)))

    def close(self, timeout_s: float | None = None) -> None:
        """Flush and close. TransientError when something was not acknowledged within the time; it may be lost."""
        try:
            self._producer.close(timeout_s)
        except KafkaError as error:
            raise _translate(error) from error


def headers_of(raw: list[tuple[str, bytes]] | Mapping[str, bytes] | None) -> dict[str, str]:
    """Kafka headers as text; a repeated name keeps its last value."""
    items = raw.items() if isinstance(raw, Mapping) else raw or []
    return {name: (value or b"").decode("utf-8", "replace") for name, value in items}


def _translate(error: BaseException) -> TocsinError:
    if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
        return UnsendableError(str(error))
    return TransientError(f"{type(error).__name__}: {error}")


def _connect(settings: Settings, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (KafkaError, OSError, AssertionError) as error:
        raise UnavailableError(
            f"no Kafka broker answers at {settings.bootstrap}: start one with `tocsin kafka start`, "
            f"or name yours in TOCSIN_KAFKA__BOOTSTRAP ({type(error).__name__})"
        ) from error
