"""The `tocsin` command: exit code 0 for done, 1 for done with failures, 2 for what could not be started."""

import sys

import typer

from pipeline.cli.commands import COMMANDS, lazily
from pipeline.errors import TocsinError

app = typer.Typer(name="tocsin", cls=lazily(COMMANDS), no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def tocsin() -> None:
    """Streaming media monitoring: feeds into Kafka, clean and tagged articles, alerts that say why."""


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
