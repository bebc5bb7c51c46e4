"""The archiving process."""

from pipeline.archive.process import run

__all__ = ["run"]
