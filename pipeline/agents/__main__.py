"""One agent in this process: `python -m pipeline.agents clean [replay]`. `tocsin work` starts and restarts these."""

import sys

from pipeline import log, settings
from pipeline.agents import worker
from pipeline.errors import TocsinError, UnavailableError
from topics.spec import Lane

EXIT_UNAVAILABLE = 1
"""`tocsin work` found the broker answering when it started: one that is away now is waited for."""

if __name__ == "__main__":
    try:
        loaded = settings.load()
        log.configure(level=loaded.log_level, process=sys.argv[1])
        worker.run(loaded, sys.argv[1], Lane(sys.argv[2]) if len(sys.argv) > 2 else Lane.LIVE)
    except TocsinError as error:
        print(f"tocsin: {error}", file=sys.stderr)
        sys.exit(EXIT_UNAVAILABLE if isinstance(error, UnavailableError) else error.exit_code)
