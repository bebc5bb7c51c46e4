"""One agent in one process: what it must hold, the Faust app, the watchdog, a clean end."""

import asyncio
import os
from contextlib import ExitStack
from threading import Event

import faust

from pipeline import log, metrics
from pipeline.adapters import topics as topic_administration
from pipeline.adapters.kafka import headers_of, topic_name
from pipeline.adapters.supervisor import EXIT_REJECTS
from pipeline.agents.app import FaustSender, bind, build_app
from pipeline.agents.ending import end_on_failure
from pipeline.agents.inorder import run_in_order
from pipeline.agents.rejects import RejectLimit
from pipeline.agents.shell import Agent, Received, Shell, Started
from pipeline.agents.watchdog import Watchdog
from pipeline.settings import Settings
from topics.spec import Lane

_logger = log.get(__name__)


def run(settings: Settings, name: str, lane: Lane) -> None:
    """Run one agent until SIGTERM or SIGINT; records in hand are brought to their outcome first."""
    topic_administration.require(settings)
    if lane is Lane.REPLAY:
        settings = _stand_back(settings)
    with ExitStack() as stack:
        agent, on_started = _prepare(settings, name, lane, stack)
        metrics.serve(name, settings.metrics)
        serve(settings, agent.in_lane(lane), on_started)


def _stand_back(settings: Settings) -> Settings:
    """Give way to all that is live on this machine; children, made later, inherit it."""
    os.nice(settings.replay.niceness)
    work = settings.work.model_copy(update={"page_deadline": settings.replay.page_deadline})
    return settings.model_copy(update={"work": work})


def _prepare(settings: Settings, name: str, lane: Lane, stack: ExitStack) -> tuple[Agent, Started]:
    """The agent with all it must hold until the stack unwinds. Imports late: each process needs one stage only."""
    if name == "clean":
        from pipeline.agents import clean

        return clean.prepare(settings, stack), lambda loop: None
    if name == "tag":
        from pipeline.agents import tag

        return tag.prepare(settings, stack), lambda loop: None
    from pipeline.agents import match

    return match.prepare(settings, stack, lane=lane)


def serve(settings: Settings, agent: Agent, on_started: Started) -> None:
    """Run any agent on Faust in this process until SIGTERM or SIGINT, then exit the process."""
    app = build_app(settings, agent.label)
    shell = Shell(agent, FaustSender(app, settings))
    limit = RejectLimit(window=settings.work.reject_window, share=settings.work.reject_share)
    source = bind(app, settings, agent.source)
    topic = topic_name(settings, agent.source)

    has_started = Event()

    async def body(stream: faust.StreamT[bytes]) -> None:
        has_started.set()
        on_started(asyncio.get_running_loop())
        manual = stream.noack()

        async def handle(event: faust.EventT[bytes]) -> None:
            if limit.note(is_reject=not await shell.handle(_received(event))):
                _stop_for_rejects(agent.label)

        async def acknowledge(event: faust.EventT[bytes]) -> None:
            await manual.ack(event)

        await run_in_order(
            manual.events(),
            lane_of=lambda event: (event.message.tp, event.message.generation_id),
            handle=handle,
            acknowledge=acknowledge,
            in_flight=settings.work.in_flight,
            on_failure=end_on_failure,
        )

    app.agent(source, name=agent.name)(body)
    watchdog = Watchdog(
        settings,
        agent,
        shell=shell,
        assigned=lambda: _assigned(app, topic) if has_started.is_set() else set(),
    )
    watchdog.start()
    _logger.info("agent starting", agent=agent.label, version=agent.version, pid=os.getpid())
    faust.Worker(app, quiet=True, redirect_stdouts=False, override_logging=False).execute_from_commandline()


def _assigned(app: faust.App, topic: str) -> set[int]:
    return {partition.partition for partition in app.consumer.assignment() if partition.topic == topic}


def _received(event: "faust.EventT[bytes]") -> Received:
    message = event.message
    return Received(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=headers_of(message.headers),
    )


def _stop_for_rejects(name: str) -> None:
    _logger.critical(
        "too many records rejected: ending, nothing more is committed; see the dead letters, then start again",
        agent=name,
    )
    # Raising would make Faust commit what it holds.
    os._exit(EXIT_REJECTS)
