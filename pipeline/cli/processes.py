"""The long-running commands: `tocsin poll`, `work`, `deliver`, `serve`, `lag`."""

import signal
from typing import Annotated

import typer

from pipeline import log, settings
from pipeline.errors import UsageError
from topics.spec import Lane

AGENTS = ("clean", "tag", "match")
"""In the data's order."""


def register(app: typer.Typer) -> None:
    """Add the processes to the command line."""
    app.command("poll")(poll)
    app.command("work")(work)
    app.command("deliver")(deliver)
    app.command("serve")(serve)
    app.command("lag")(lag)


def poll() -> None:
    """Poll the feeds and publish new pages. Any number of these share the feeds."""
    from pipeline import poller

    poller.run(_start("poll"))


def work(
    agents: Annotated[
        str, typer.Option(help="Which agents to run, comma-separated: clean, tag, match. Each gets its own process.")
    ] = ",".join(AGENTS),
    lane: Annotated[Lane, typer.Option(help="live, or replay: what is replayed, at low priority.")] = Lane.LIVE,
) -> None:
    """Clean, tag and match. Any number of these, on any number of machines, share the partitions."""
    from pipeline.adapters import topics
    from pipeline.adapters.supervisor import Supervisor, agent_program

    names = [name.strip() for name in agents.split(",") if name.strip()]
    unknown = [name for name in names if name not in AGENTS]
    if unknown or not names:
        raise UsageError(f"--agents: {', '.join(unknown) or 'nothing'} is no agent; there are {', '.join(AGENTS)}")
    topics.require(_start("work"))
    supervisor = Supervisor([agent_program(name, lane) for name in dict.fromkeys(names)])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: supervisor.stop())
    code = supervisor.run()
    if code != 0:
        raise typer.Exit(code)


def deliver() -> None:
    """Fold matches into alerts and send them to their channels."""
    from pipeline import delivery

    delivery.run(_start("deliver"))


def serve() -> None:
    """Serve the page and the API."""
    from pipeline.web import process

    process.run(_start("serve"))


def lag() -> None:
    """Export how far behind each stage, the ledger and the archiver are, measured outside them."""
    from pipeline.adapters import lag as exporter
    from pipeline.ledger.indexing import READER
    from pipeline.ledger.noting import SOURCES

    exporter.run(_start("lag"), readers={**exporter.STAGES, READER: SOURCES})


def _start(process: str) -> settings.Settings:
    loaded = settings.load()
    log.configure(level=loaded.log_level, process=process)
    return loaded
