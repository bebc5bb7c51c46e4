"""The one runtime round every stage: decode, call, send and await the acknowledgement, count, dead-letter.

A record leaves `Shell.handle` with exactly one outcome acknowledged by Kafka: its outputs, one recorded outcome, or one
dead letter. No exception leaves it but cancellation, and a cancelled record has not been acknowledged. What fails for a
while is tried again in place, which holds back the commit of its partition: that is the backpressure.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from time import monotonic
from typing import Any, Protocol

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.kafka import stage_in
from pipeline.errors import TransientError
from pipeline.stages import dead_letter, identity, provenance
from pipeline.stages.outcome import Drop, Emit, Outcome, Reject, RejectReason
from topics import codec, registry
from topics.records import Origin, RecordedOutcome
from topics.spec import Lane, TopicSpec

Headers = dict[str, bytes]

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 10.0
_logger = log.get(__name__)


class Unsendable(Exception):  # noqa: N818  # an outcome of sending, not a failure of ours
    """The broker will never take this record."""


Started = Callable[[asyncio.AbstractEventLoop], None]
"""Called once on the loop that will run the stage."""


class Sender(Protocol):
    """Where the shell's records go."""

    async def send(self, spec: TopicSpec, *, key: bytes, value: bytes, headers: Headers) -> None:
        """Return when the broker has acknowledged. TransientError when it may yet; Unsendable when it never will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A source, a stage and a sink."""

    name: str
    version: str
    source: TopicSpec
    sink: TopicSpec
    origin_of: Callable[[Any], Origin]
    stage: Callable[[Any], Awaitable[Outcome[Any]]]
    lane: Lane = Lane.LIVE
    longest: timedelta = timedelta(0)
    """How long the stage may rightly keep a record, with all that is in hand beside it; nought for what never waits."""

    def in_lane(self, lane: Lane) -> "Agent":
        """The same stage between that lane's topics."""
        return replace(self, lane=lane, source=self.source.in_lane(lane), sink=self.sink.in_lane(lane))

    @property
    def label(self) -> str:
        """What tells it from the same stage in the other lane: its consumer group, its metrics."""
        return stage_in(self.name, self.lane)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A record as it came: bytes, and where they lay."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Topic, partition and offset in one word."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class Shell:
    """Runs one agent's records to their outcomes."""

    def __init__(self, agent: Agent, sender: Sender) -> None:
        self._agent = agent
        self._sender = sender
        self._running: dict[str, asyncio.Task[Any]] = {}
        self.in_hand = 0
        """Records on their way to their outcome; a watchdog looks at this from its own thread, and at the next."""
        self.retrying = 0
        """Those of them that could not be sent and are tried again."""

    async def handle(self, received: Received) -> bool:
        """Bring one record to its outcome. True unless it was rejected."""
        started = monotonic()
        agent = self._agent.label
        if provenance.is_beyond_last(self._agent.name, received.headers):
            metrics.RECORDS.labels(stage=agent, outcome="beyond", reason="", mode="unknown").inc()
            return True
        metrics.IN_FLIGHT.labels(stage=agent).inc()
        self.in_hand += 1
        try:
            record, outcome = await self._decide(received)
            outcome = await self._settle(received, record, outcome)
        finally:
            self.in_hand -= 1
            metrics.IN_FLIGHT.labels(stage=agent).dec()
        self._count(received, record, outcome, monotonic() - started)
        return not isinstance(outcome, Reject)

    async def _decide(self, received: Received) -> tuple[Any, Outcome[Any]]:
        record = None
        try:
            record = codec.decode(self._agent.source, received.value)
            return record, await self._in_page_order(record)
        except codec.UndecodableError as error:
            return record, Reject(RejectReason.UNDECODABLE, str(error))
        except Exception:  # noqa: BLE001  # the project's one broad except: whatever a stage does, its record ends
            return record, Reject(RejectReason.UNEXPECTED, traceback.format_exc())

    async def _in_page_order(self, record: Any) -> Outcome[Any]:
        """Run the stage, behind the same page's earlier record if that is still running."""
        page = self._agent.origin_of(record).page_id
        before = self._running.get(page)
        task = asyncio.current_task()
        assert task is not None
        self._running[page] = task
        task.add_done_callback(lambda done: self._running.pop(page) if self._running.get(page) is done else None)
        if before is not None and before is not task:
            await asyncio.wait([before])
        return await self._agent.stage(record)

    async def _settle(self, received: Received, record: Any, outcome: Outcome[Any]) -> Outcome[Any]:
        """Make the outcome durable; an output the broker refuses for good becomes a reject."""
        while True:
            try:
                await self._send_until_taken(received, record, outcome)
                return outcome
            except Unsendable as error:
                if isinstance(outcome, Reject):
                    # Even the dead letter is too large: its bytes stay where its headers say.
                    received = replace(received, value=None)
                outcome = Reject(RejectReason.UNSENDABLE, str(error))

    async def _send_until_taken(self, received: Received, record: Any, outcome: Outcome[Any]) -> None:
        try:
            return await self._send(received, record, outcome)
        except TransientError as error:
            first = error
        self.retrying += 1
        try:
            await self._retry(received, record, outcome, first)
        finally:
            self.retrying -= 1

    async def _retry(self, received: Received, record: Any, outcome: Outcome[Any], error: TransientError) -> None:
        for attempt in count(1):
            await self._pause(attempt, error)
            try:
                return await self._send(received, record, outcome)
            except TransientError as again:
                error = again

    async def _send(self, received: Received, record: Any, outcome: Outcome[Any]) -> None:
        match outcome:
            case Emit(records=records):
                headers = self._headers(received, outcome)
                # Encoded before the first is sent: what cannot be said in bytes ends as one dead letter alone.
                encoded = [_encode(self._agent.sink, emitted) for emitted in records]
                await asyncio.gather(*(self._send_bytes(self._agent.sink, *each, headers) for each in encoded))
            case Drop():
                recorded = _record_outcome(self._agent, self._agent.origin_of(record), outcome)
                headers = self._headers(received, outcome)
                await self._send_bytes(registry.OUTCOMES, *_encode(registry.OUTCOMES, recorded), headers)
            case Reject():
                await self._send_dead_letter(received, record, outcome)

    async def _send_bytes(self, spec: TopicSpec, key: bytes, value: bytes, headers: Headers) -> None:
        await self._sender.send(spec, key=key, value=value, headers=headers)

    async def _send_dead_letter(self, received: Received, record: Any, reject: Reject) -> None:
        refusal = dead_letter.Refusal(
            stage=self._agent.name,
            version=self._agent.version,
            reason=reject.reason.value,
            detail=reject.detail or "",
            topic=received.topic,
            partition=received.partition,
            offset=received.offset,
            failed_at=clock.now(),
            attempt=provenance.attempt_of(received.headers),
        ).about(self._agent.origin_of(record) if record is not None else None)
        headers = {
            name: value.encode("utf-8", "replace")
            for name, value in dead_letter.write(received.headers, refusal).items()
        }
        dead_letters = self._agent.source.dead_letter
        await self._sender.send(dead_letters, key=received.key or b"", value=received.value or b"", headers=headers)

    async def _pause(self, attempt: int, error: TransientError) -> None:
        metrics.SEND_RETRIES.labels(stage=self._agent.label).inc()
        if attempt == 1:
            _logger.warning("send failed, trying again until it succeeds", stage=self._agent.name, error=str(error))
        await asyncio.sleep(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** min(attempt - 1, 10)))

    def _headers(self, received: Received, outcome: Emit[Any] | Drop) -> Headers:
        steps = provenance.decode_steps(received.headers.get(provenance.STEPS_HEADER))
        steps[self._agent.name] = clock.now()
        said = provenance.outcome_headers(received.source, self._agent.version, received.headers)
        said |= provenance.put_aside_header(outcome.put_aside, received.headers)
        encoded = {name: value.encode() for name, value in said.items()}
        return {provenance.STEPS_HEADER: provenance.encode_steps(steps), **encoded}

    def _count(self, received: Received, record: Any, outcome: Outcome[Any], duration_s: float) -> None:
        name, reason = _describe(outcome)
        mode = self._agent.origin_of(record).mode.value if record is not None else "unknown"
        stage = self._agent.label
        metrics.RECORDS.labels(stage=stage, outcome=name, reason=reason, mode=mode).inc()
        metrics.STAGE_SECONDS.labels(stage=stage).observe(duration_s)
        metrics.LAST_RECORD.labels(stage=stage).set_to_current_time()
        report = _logger.debug
        if isinstance(outcome, Reject):
            metrics.DEAD_LETTERS.labels(stage=stage, reason=reason).inc()
            report = _logger.error
        report(
            "record handled",
            stage=stage,
            topic=received.topic,
            partition=received.partition,
            offset=received.offset,
            outcome=name,
            reason=reason,
            detail=getattr(outcome, "detail", None),
            duration_s=round(duration_s, 4),
        )


def _encode(spec: TopicSpec, record: Any) -> tuple[bytes, bytes]:
    """Key and value. Unsendable for what has no bytes: half a surrogate pair, an integer beyond 64 bits."""
    try:
        value = codec.encode(spec, record)
        return spec.key_of(record), value
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unsendable(f"{type(error).__name__}: {error}") from error


def _record_outcome(agent: Agent, origin: Origin, drop: Drop) -> RecordedOutcome:
    return RecordedOutcome(
        outcome_id=identity.outcome_id(agent.name, origin.page_id, origin.version_id, origin.run_id),
        stage=agent.name,
        outcome=drop.reason.kind,
        reason=drop.reason.value,
        page_id=origin.page_id,
        version_id=origin.version_id,
        url=origin.url,
        feed_id=origin.feed_id,
        detail=drop.detail,
        mode=origin.mode,
        run_id=origin.run_id,
    )


def _describe(outcome: Outcome[Any]) -> tuple[str, str]:
    match outcome:
        case Emit():
            return "emitted", ""
        case Drop(reason=reason):
            return reason.kind.value, reason.value
        case Reject(reason=reason):
            return "rejected", reason.value
