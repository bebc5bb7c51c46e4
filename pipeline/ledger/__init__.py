"""The ledger: an index of how everything ended, and what it answers: explain, audit, dead letters, quiet feeds."""

from pipeline.ledger.process import run

__all__ = ["run"]
