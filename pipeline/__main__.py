"""The `tocsin` command: exit code 0 for done, 1 for done with failures, 2 for what could not be started."""

import sys
from importlib import import_module

import typer

from pipeline.errors import TocsinError

COMMANDS = {
    "kafka": "kafka",
    "topics": "topics",
    "feeds": "feeds",
    "watch": "watch",
    "actors": "actors",
    "channels": "channels",
    "alerts": "alerts",
    "archive": "archive",
    "replay": "replay",
    "ledger": "ledger",
    "dlq": "dlq",
    "run": "run",
    "poll": "processes",
    "work": "processes",
    "deliver": "processes",
    "serve": "processes",
    "lag": "processes",
    "explain": "explain",
    "audit": "audit",
    "clean": "filters",
    "tag": "filters",
    "match": "filters",
    "export": "export",
    "settings": "settings",
}
"""Each command, in the order of the help, and the module of `pipeline.cli` it is in: one of its own with an `app`, or
one that registers it."""


def command_line(command: str | None = None) -> typer.Typer:
    """The command line; with the name of a command that one alone: importing all of them takes seconds."""
    app = typer.Typer(
        name="tocsin",
        help="Streaming media monitoring: feeds into Kafka, clean and tagged articles, alerts that say why.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    # Without a callback Typer would make a single command the whole command line, its name left out.
    app.callback()(_common)
    for name in dict.fromkeys([COMMANDS[command]] if command in COMMANDS else COMMANDS.values()):
        module = import_module(f"pipeline.cli.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            module.register(app)
    return app


def _common() -> None:
    pass


def main() -> None:
    """Run the command line; what Tocsin has to say to its user is one line, never a traceback."""
    try:
        command_line(sys.argv[1] if len(sys.argv) > 1 else None)()
    except TocsinError as error:
        print(f"tocsin: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
