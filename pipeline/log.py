"""Logging: one event a message, key-value on a terminal, JSON lines elsewhere, on standard error."""

import logging
import sys

import structlog
from structlog.typing import Processor


def configure(*, level: str = "info", process: str | None = None) -> None:
    """Set up structlog and route the standard library's loggers through it."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, quieter in _QUIETER.items():
        logging.getLogger(name).setLevel(quieter)
    if process is not None:
        structlog.contextvars.bind_contextvars(process=process)


_QUIETER = {
    # A broker that is away would fill the log with a line for each connection and each retry.
    # Its errors reach us as exceptions, which the adapters turn into the one line that is said.
    "kafka": logging.CRITICAL,
    "aiokafka": logging.CRITICAL,
    "faust": logging.WARNING,
    "mode": logging.WARNING,
    "alembic": logging.WARNING,
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "charset_normalizer": logging.ERROR,
}


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger of that name."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
