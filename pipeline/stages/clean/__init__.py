"""Cleaning: a page as it was served in, its article out, or the reason why it holds none."""

from pipeline.stages.clean.language import load
from pipeline.stages.clean.stage import VERSION, clean

__all__ = ["VERSION", "clean", "load"]
