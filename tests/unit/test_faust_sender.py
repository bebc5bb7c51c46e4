"""Sending with Faust's producer: whatever it raises is one of the shell's two kinds of failure."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import faust
import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotLeaderForPartitionError,
    RecordListTooLargeError,
)
from faust.exceptions import ProducerSendError

from pipeline.agents.app import FaustSender
from pipeline.agents.shell import Unsendable
from pipeline.errors import TransientError
from pipeline.settings import Settings
from topics import registry


@dataclass
class Topic:
    """Raises the one failure before the record is buffered, the other when the broker answers."""

    buffering: Exception | None = None
    answering: Exception | None = None
    sent: list[bytes] = field(default_factory=list)

    async def send(self, *, key: bytes, value: bytes, headers: dict[str, bytes]) -> asyncio.Future[None]:
        """Buffer; what is given back ends with the broker's answer."""
        if self.buffering is not None:
            raise self.buffering
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.answering is None:
            self.sent.append(value)
            answer.set_result(None)
        else:
            answer.set_exception(self.answering)
        return answer


@dataclass
class App:
    """Has one topic, whatever it is asked for."""

    the_topic: Topic

    def topic(self, *_names: str, **_options: object) -> Topic:
        """The topic."""
        return self.the_topic


async def send(topic: Topic) -> None:
    sender = FaustSender(cast(faust.App, App(topic)), Settings())
    await sender.send(registry.MATCHES, key=b"k", value=b"v", headers={})


def wrapped(cause: Exception | None) -> ProducerSendError:
    error = ProducerSendError("Error while sending")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        pytest.param(Topic(buffering=wrapped(KafkaTimeoutError())), TransientError, id="no room to buffer in time"),
        pytest.param(Topic(buffering=wrapped(KafkaConnectionError())), TransientError, id="no metadata"),
        pytest.param(Topic(buffering=wrapped(None)), TransientError, id="no cause said"),
        pytest.param(Topic(buffering=wrapped(MessageSizeTooLargeError())), Unsendable, id="too large for the client"),
        pytest.param(Topic(answering=NotLeaderForPartitionError()), TransientError, id="leader moved"),
        pytest.param(Topic(answering=MessageSizeTooLargeError()), Unsendable, id="too large for the broker"),
        pytest.param(Topic(answering=RecordListTooLargeError()), Unsendable, id="batch too large for the broker"),
        pytest.param(Topic(answering=ConnectionResetError()), TransientError, id="connection lost"),
        pytest.param(Topic(answering=TimeoutError()), TransientError, id="no answer in time"),
    ],
)
async def test_every_failure_of_the_producer_is_either_worth_another_try_or_final(
    topic: Topic, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await send(topic)
    assert topic.sent == []


async def test_it_returns_when_the_broker_has_acknowledged() -> None:
    topic = Topic()
    await send(topic)
    assert topic.sent == [b"v"]
