"""Faust as Tocsin uses it: one app a stage, raw bytes in, sends awaited to their acknowledgement.

What each setting is for was measured on faust-streaming 0.15.3 (pipeline/DESIGN.md, "Runtime").
"""

import ssl
from typing import Any

import faust
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from faust.exceptions import ProducerSendError
from faust.types.auth import CredentialsT

from pipeline.adapters.kafka import group_name, topic_name
from pipeline.agents.shell import Headers, Unsendable
from pipeline.errors import TransientError
from pipeline.settings import Settings
from topics.spec import TopicSpec


def build_app(settings: Settings, stage: str) -> faust.App:
    """The Faust app of one stage; its id is the consumer group."""
    # Faust insists on a folder of its own, though no table is kept in it.
    folder = settings.data_folder.absolute() / "faust" / stage
    folder.mkdir(parents=True, exist_ok=True)
    return faust.App(
        group_name(settings, stage),
        broker=[f"kafka://{address}" for address in settings.bootstrap.split(",")],
        broker_credentials=_credentials(settings),
        datadir=str(folder),
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        # Duplicates after a kill are bounded by how often offsets are committed.
        broker_commit_interval=1.0,
        broker_commit_every=500,
        # A dead worker's partitions wait for one session timeout.
        broker_session_timeout=20.0,
        broker_max_poll_records=500,
        stream_buffer_maxsize=128,
        stream_wait_empty=True,
        consumer_max_fetch_size=8 << 20,
        consumer_auto_offset_reset="earliest",
        producer_compression_type="zstd",
        producer_max_request_size=8 << 20,
        # Faust's own default lets one send hang for twenty minutes.
        producer_request_timeout=30.0,
    )


def bind(app: faust.App, settings: Settings, spec: TopicSpec) -> faust.TopicT[bytes]:
    """The topic with keys and values as raw bytes: decoding is the shell's, so that a bad record is an outcome."""
    return app.topic(
        topic_name(settings, spec),
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
    )


class FaustSender:
    """Sends with the app's own producer."""

    def __init__(self, app: faust.App, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._topics: dict[str, faust.TopicT[bytes]] = {}

    async def send(self, spec: TopicSpec, *, key: bytes, value: bytes, headers: Headers) -> None:
        """Await the broker's acknowledgement, not just the buffering: one `await` on Faust's send is not enough."""
        topic = self._topics.get(spec.name)
        if topic is None:
            topic = self._topics[spec.name] = bind(self._app, self._settings, spec)
        try:
            await (await topic.send(key=key, value=value, headers=headers))
        except ProducerSendError as error:
            # Faust wraps so whatever its client raises before the record is buffered.
            raise _told_apart(error.__cause__ or error) from error
        except (KafkaError, OSError, TimeoutError) as error:
            raise _told_apart(error) from error


def _told_apart(error: BaseException) -> Unsendable | TransientError:
    is_too_large = isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError)
    return (Unsendable if is_too_large else TransientError)(f"{type(error).__name__}: {error}")


def _credentials(settings: Settings) -> CredentialsT | None:
    kafka = settings.kafka
    context: ssl.SSLContext | None = None
    if kafka.security_protocol.endswith("SSL"):
        context = ssl.create_default_context(cafile=kafka.ssl_cafile)
        if kafka.ssl_certfile is not None:
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile)
    if kafka.security_protocol.startswith("SASL"):
        options: dict[str, Any] = {
            "username": kafka.sasl_username,
            "password": kafka.sasl_password.get_secret_value() if kafka.sasl_password else None,
            "mechanism": kafka.sasl_mechanism,
        }
        credentials: CredentialsT = faust.SASLCredentials(**options, ssl_context=context)
        return credentials
    return faust.SSLCredentials(context) if context is not None else None
