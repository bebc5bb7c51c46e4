"""The `tocsin` command: exit code 0 for done, 1 for done with failures, 2 for what could not be started."""

import sys

import typer

from pipeline.cli import (
    actors,
    alerts,
    archive,
    audit,
    channels,
    dlq,
    explain,
    export,
    feeds,
    filters,
    kafka,
    ledger,
    processes,
    replay,
    run,
    settings,
    topics,
    watch,
)
from pipeline.errors import TocsinError

app = typer.Typer(
    name="tocsin",
    help="Streaming media monitoring: feeds into Kafka, clean and tagged articles, alerts that say why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for name, module in {
    "kafka": kafka,
    "topics": topics,
    "feeds": feeds,
    "watch": watch,
    "actors": actors,
    "channels": channels,
    "alerts": alerts,
    "archive": archive,
    "replay": replay,
    "ledger": ledger,
    "dlq": dlq,
}.items():
    app.add_typer(module.app, name=name)
for module in (run, processes, explain, audit, filters, export, settings):
    module.register(app)


def main() -> None:
    """Run the command line; what Tocsin has to say to its user is one line, never a traceback."""
    try:
        app()
    except TocsinError as error:
        print(f"tocsin: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
