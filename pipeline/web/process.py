"""The serving process: the page and the API on one port."""

import socket

import uvicorn

from pipeline import metrics
from pipeline.adapters.database import open_database, upgrade
from pipeline.errors import UnavailableError
from pipeline.settings import Settings
from pipeline.web.alerts import StoredAlerts
from pipeline.web.app import build

# A stream never ends by itself: at a stop it is cut, and its browser resumes elsewhere.
_STOP_WITHIN_S = 2


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. UnavailableError when the port is taken."""
    upgrade(settings)
    database = open_database(settings)
    metrics.serve("serve", settings.metrics)
    web = settings.web
    try:
        listening = socket.create_server((web.host, web.port))
    except OSError as error:
        raise UnavailableError(f"the page: {web.host}:{web.port} cannot be had (TOCSIN_WEB__PORT): {error}") from error
    with listening:
        config = uvicorn.Config(
            build(StoredAlerts(database)),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=_STOP_WITHIN_S,
        )
        uvicorn.Server(config).run(sockets=[listening])
    database.close()
