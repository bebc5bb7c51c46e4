"""`tocsin feeds quiet`: feeds that bring nothing, or cannot be read."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.adapters import clock
from pipeline.adapters.database import feed_volumes
from pipeline.adapters.feed_store import FeedStore
from pipeline.cli import control
from pipeline.ledger import feed_health
from pipeline.ledger.feed_health import FeedHealth
from pipeline.settings import load
from pipeline.stages import volume
from topics import codec


def quiet(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Show feeds that are silent for longer than their habit explains, have failed for long, or are not polled.

    Exit code 1 when there are any. A habit takes three days and twenty hours with pages to learn.
    """
    settings = load()
    with FeedStore(settings) as store:
        feeds, states = store.all(), store.states()
    with control.reading() as database, database.read() as connection:
        hours = feed_volumes.of_feeds(connection, window=volume.WINDOW)
    polls = {feed_id: feed_health.polls_of(state) for feed_id, state in states.items()}
    found = feed_health.unwell(feeds.values(), polls, hours, now=clock.now(), settings=settings.ledger)
    if as_json:
        for one in found:
            typer.echo(json.dumps(codec.to_builtins(one), ensure_ascii=False, default=str))
    else:
        _show(found, len(feeds))
    if found:
        raise typer.Exit(1)


def _show(found: tuple[FeedHealth, ...], feeds: int) -> None:
    if not found:
        typer.echo(f"{feeds} feeds, none quiet, failing or left out")
        return
    table = Table("feed", "what", "since (UTC)", "pages a day", "last said")
    for one in found:
        said = (one.polls.last_error or one.polls.last_outcome or "") if one.polls is not None else "never read"
        usual = f"{one.pages_per_day:.1f}" if one.pages_per_day is not None else ""
        table.add_row(escape(one.url), one.trouble.value, f"{one.since:%Y-%m-%d %H:%M}", usual, escape(said))
    Console().print(table)
