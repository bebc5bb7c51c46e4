"""Sends deliveries: claims what is due, makes the attempts together, stores what they came to."""

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TypeVar

from pipeline import log, metrics
from pipeline.adapters import clock
from pipeline.adapters.channels import Outlets, Sent
from pipeline.adapters.database import Connection, Database, channels, deliveries, digests, leases, runs, sending
from pipeline.adapters.database.deliveries import Status
from pipeline.adapters.database.sending import Claim, Draft, Ending, Room
from pipeline.adapters.trouble import Trouble
from pipeline.delivery.retry import pause_after
from pipeline.errors import TransientError
from pipeline.settings import Settings
from pipeline.stages import compose
from pipeline.stages.watchfile import ChannelKind

_LOOK_EVERY_S = 1.0
_UPKEEP_EVERY_S = 2.0
# How long results of what was under way are offered to a database that is away while the process is to end.
_LAST_TRIES_S = 5.0
_logger = log.get(__name__)

T = TypeVar("T")


class Sender:
    """Runs on the event loop; database work is done in threads."""

    def __init__(self, settings: Settings, database: Database, outlets: Outlets, *, incarnation: str) -> None:
        self._settings = settings.deliver
        self._database = database
        self._outlets = outlets
        self._incarnation = incarnation
        self._under_way: dict[str, Claim] = {}
        self._claiming = asyncio.Lock()
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._trouble = Trouble("deliveries in the database")

    def wake(self) -> None:
        """There may be something to send. On the loop's thread."""
        self._woken.set()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what is under way has ended. On the loop's thread."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Send until told to stop; a database that is away is waited for."""
        upkeep_at = 0.0
        async with asyncio.TaskGroup() as attempts:
            while not self._stopping.is_set():
                self._woken.clear()
                try:
                    if monotonic() >= upkeep_at:
                        await self._keep_up()
                        await self._send_digests()
                        upkeep_at = monotonic() + _UPKEEP_EVERY_S
                    for claim in await self._claim():
                        attempts.create_task(self._deliver(claim))
                    self._trouble.worked()
                    pause_s = _LOOK_EVERY_S
                except TransientError as error:
                    pause_s = self._trouble.failed(error)
                await self._pause(pause_s)
        await self._end_lease()

    async def _pause(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _claim(self) -> tuple[Claim, ...]:
        async with self._claiming:
            by_channel = Counter(claim.channel.name for claim in self._under_way.values())
            room = Room(
                total=self._settings.concurrency - len(self._under_way),
                of_channel=self._room_of_channel,
                under_way=dict(by_channel),
            )
            if room.total <= 0:
                return ()
            claimed = await self._write(
                lambda connection: sending.claim(
                    connection, incarnation=self._incarnation, room=room, render=render, now=clock.now()
                )
            )
            self._under_way |= {claim.delivery_id: claim for claim in claimed}
            return claimed

    def _room_of_channel(self, kind: ChannelKind) -> int:
        """A receiver that does not answer may hold no more than half of the places; lines are written in order."""
        return max(1, self._settings.concurrency // 2) if kind is ChannelKind.WEBHOOK else 1

    async def _deliver(self, claim: Claim) -> None:
        try:
            sent = await self._outlets.send(claim)
            ending = self._judge(claim, sent)
            await self._store(claim, sent, ending)
        finally:
            del self._under_way[claim.delivery_id]
            self._woken.set()

    def _judge(self, claim: Claim, sent: Sent) -> Ending:
        if sent.is_accepted:
            return _ending(sent, Status.DELIVERED, "delivered")
        if sent.is_gone:
            return _ending(sent, Status.FAILED, "gone")
        now = clock.now()
        pause = pause_after(claim.attempt, delivery_id=claim.delivery_id, asked=sent.retry_after)
        if now + pause - claim.created_at > self._settings.give_up_after:
            return _ending(sent, Status.FAILED, "given-up")
        return Ending(
            status=Status.PENDING,
            outcome="failed",
            due_at=now + pause,
            status_code=sent.status_code,
            detail=sent.detail,
        )

    async def _store(self, claim: Claim, sent: Sent, ending: Ending) -> None:
        """Store the result, however long the database is away; at the end of the process for a while only."""
        trouble = Trouble("result of a delivery")
        last_try_at: float | None = None
        while True:
            now = clock.now()
            try:
                is_stored = await self._write(lambda connection: self._finish(connection, claim, sent, ending))
                break
            except TransientError as error:
                if self._stopping.is_set():
                    last_try_at = last_try_at or monotonic() + _LAST_TRIES_S
                    if monotonic() > last_try_at:
                        _logger.error("result of a delivery not stored", delivery_id=claim.delivery_id)
                        return
                await asyncio.sleep(trouble.failed(error))
        trouble.worked()
        metrics.DELIVERIES.labels(kind=claim.channel.kind.value, outcome=ending.outcome).inc()
        if ending.status is Status.DELIVERED:
            delay_s = (now - claim.raised_at).total_seconds()
            metrics.ALERTED_TO_DELIVERED.labels(mode=claim.mode).observe(max(0.0, delay_s))
        report = _logger.debug if is_stored and sent.is_accepted else _logger.warning
        report(
            "delivery attempted",
            delivery_id=claim.delivery_id,
            channel=claim.channel.name,
            attempt=claim.attempt,
            outcome=ending.outcome,
            status_code=ending.status_code,
            detail=ending.detail,
            is_stored=is_stored,
        )

    def _finish(self, connection: Connection, claim: Claim, sent: Sent, ending: Ending) -> bool:
        now = clock.now()
        if sent.is_gone:
            channels.disable(connection, claim.channel.name, "the receiver answered 410 Gone", now=now)
        return sending.finish(connection, claim, ending, now=now)

    async def _keep_up(self) -> None:
        async with self._claiming:
            under_way = set(self._under_way)
            resent, held, queued, oldest, active = await self._write(
                lambda connection: self._keep_up_in(connection, under_way)
            )
        for outcome, count in (("interrupted", resent), ("held", held)):
            if count:
                _logger.warning("deliveries were interrupted", outcome=outcome, count=count)
        metrics.DELIVERY_QUEUE.set(queued)
        metrics.DELIVERY_QUEUE_AGE.set(oldest)
        _show_runs(active)

    def _keep_up_in(
        self, connection: Connection, under_way: set[str]
    ) -> tuple[int, int, int, float, tuple[runs.Run, ...]]:
        now = clock.now()
        leases.renew(connection, self._incarnation, now=now)
        leases.forget_dead(connection, now=now)
        sending.take_back(connection, incarnation=self._incarnation, under_way=under_way, now=now)
        resent, held = sending.end_interrupted(connection, now=now)
        sending.give_up(connection, after=self._settings.give_up_after, now=now)
        queued, oldest_at = deliveries.queue(connection)
        oldest = 0.0 if oldest_at is None else max(0.0, (now - oldest_at).total_seconds())
        return resent, held, queued, oldest, runs.active(connection)

    async def _send_digests(self) -> None:
        """Each in a transaction of its own, so that others write between them."""
        for wanted in await asyncio.to_thread(self._digests_due):
            await self._write(partial(digests.send, wanted=wanted, now=clock.now()))

    def _digests_due(self) -> tuple[digests.Due, ...]:
        with self._database.read() as connection:
            return digests.due(connection, now=clock.now())

    async def _end_lease(self) -> None:
        try:
            await self._write(lambda connection: leases.end(connection, self._incarnation))
        except TransientError:
            # It runs out by itself.
            return

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._in_transaction, work)

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        with self._database.write() as connection:
            return work(connection)


def _show_runs(active: tuple[runs.Run, ...]) -> None:
    metrics.RUNS.clear()
    metrics.RUN_AHEAD.clear()
    for run in active:
        metrics.RUNS.labels(kind=run.asked.kind, state=run.state(now=clock.now())).inc()
        metrics.RUN_AHEAD.labels(kind=run.asked.kind).inc(run.ahead)


def render(draft: Draft) -> bytes:
    """The body that the delivery keeps for all its attempts."""
    if draft.kind is ChannelKind.STDOUT:
        return compose.line(draft.alert).encode()
    return compose.event(draft.alert, copies=draft.copies, delivery_id=draft.delivery_id)


def _ending(sent: Sent, status: Status, outcome: str) -> Ending:
    return Ending(status=status, outcome=outcome, status_code=sent.status_code, detail=sent.detail)
