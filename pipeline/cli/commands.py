"""The commands there are and where each is written: a module is imported when it is called, so that all start fast."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

Later = Mapping[str, tuple[str, str]]
"""Commands by name, each with its module in this folder and what a list of commands says of it."""

COMMANDS: Later = {
    "run": ("run", "Run Kafka, the pipeline and the page until ctrl-C, and show alerts as they are raised."),
    "poll": ("processes", "Poll the feeds and publish new pages. Any number of these share the feeds."),
    "work": (
        "processes",
        "Clean, tag and match. Any number of these, on any number of machines, share the partitions.",
    ),
    "deliver": ("processes", "Fold matches into alerts and send them to their channels."),
    "serve": ("processes", "Serve the page and the API."),
    "lag": (
        "processes",
        "Export how far behind each stage, the ledger and the archiver are, measured outside them.",
    ),
    "explain": (
        "explain",
        "Why did I not get this? What became of a page: feed, fetch, stages, watches, story, deliveries.",
    ),
    "audit": (
        "audit",
        "Balance what went into each stage against how it ended; exit code 1 when something is missing.",
    ),
    "clean": (
        "filters",
        'Pages in, articles out: {"url", "html" or "body_base64", "fetched_at", "headers"} a line.',
    ),
    "tag": ("filters", "Articles in, tagged articles out."),
    "match": ("filters", "Tagged articles in, their matches out: one line with a list of them."),
    "export": (
        "export",
        "Write a range of a topic into a file that `tocsin replay` reads again; exit code 1 when records were left out.",  # noqa: E501
    ),
    "settings": ("settings", "Every setting, its default and its meaning."),
    "kafka": ("kafka", "Start and stop the embedded Kafka."),
    "topics": ("topics", "Create, check and document the topics."),
    "feeds": ("feeds", "The sources to poll."),
    "watch": ("watch", "Standing queries."),
    "actors": ("actors", "People and organisations to recognise."),
    "channels": ("channels", "Where alerts go."),
    "alerts": ("alerts", "What was raised and delivered."),
    "archive": ("archive", "Keep raw pages in WARC files beyond what their topic keeps."),
    "replay": (
        "replay",
        "History through the live stages again: `tocsin replay TOPIC` or `FILE`; options: `tocsin replay run --help`.",
    ),
    "ledger": ("ledger", "Keep the index of how everything ended."),
    "dlq": ("dlq", "What stages refused: look at it, try it again, give it up."),
}
"""Those of `tocsin`, in the order of its list."""
WATCH_COMMANDS: Later = {
    "preview": (
        "watch_history",
        "Show what a query would have brought from what is stored, the newest hours first, and how many alerts a day.",
    ),
    "backfill": (
        "watch_history",
        "Match watches against what is stored: alerts appear as history, marked, and are not sent.",
    ),
    "lint": ("watch_lint", "Name what can never match, what is too broad, too costly, or probably meant otherwise."),
    "translate": (
        "watch_lint",
        "Write a query of another system in Tocsin's own words; what cannot be carried over is named with its place.",
    ),
    "cost": (
        "watch_cost",
        "Show the watches that cost the match agents most, and those they have put aside, with the reason.",
    ),
}
"""Those of `tocsin watch` that need the matcher or the topics."""


def lazily(later: Later) -> type[TyperGroup]:
    """A group of these commands and those it is given; one of these is imported when it is called."""

    class Group(TyperGroup):
        def __init__(self, **attributes: object) -> None:
            super().__init__(**attributes)  # type: ignore[arg-type]  # what Typer gives, handed on
            stubs = {name: TyperCommand(name, help=says) for name, (_, says) in later.items()}
            self.commands = {**stubs, **self.commands}

        # Any: what Typer passes here is of classes that have no public name.
        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            name, found, rest = super().resolve_command(ctx, args)
            return name, load(name, later) if name is not None and name in later else found, rest

    return Group


def load(name: str, later: Later) -> TyperCommand | TyperGroup:
    """The command or group of commands of that name, imported. KeyError when there is none."""
    module = import_module(f"pipeline.cli.{later[name][0]}")
    parent = typer.Typer()
    if hasattr(module, "app"):
        parent.add_typer(module.app, name=name)
    else:
        module.register(parent)
    found = get_group(parent).commands[name]
    assert isinstance(found, TyperCommand | TyperGroup)
    return found
