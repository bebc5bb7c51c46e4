"""The control database: watches, actors, channels, alerts and deliveries; what goes to Kafka leaves by its outbox.

Open it once (`open_database`), make its tables (`upgrade`), then hand a transaction (`database.read()`,
`database.write()`) to the functions of the module of the subject: `watches`, `actors`, `channels`, `alerts`,
`deliveries`, `runs`. What one transaction does happens together or not at all. None of them is imported here: a
command imports those it needs.
"""

from pipeline.adapters.database.engine import Connection, Database, UnfitError, open_database
from pipeline.adapters.database.locks import exclusive, exclusive_if_free
from pipeline.adapters.database.statements import Change
from pipeline.adapters.database.upgrade import upgrade

__all__ = [
    "Change",
    "Connection",
    "Database",
    "UnfitError",
    "exclusive",
    "exclusive_if_free",
    "open_database",
    "upgrade",
]
