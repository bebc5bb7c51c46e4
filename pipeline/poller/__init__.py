"""Feeds and pages into raw-pages: `run` is one poller, and any number of them share the feeds."""

from pipeline.poller.process import poll, run

__all__ = ["poll", "run"]
