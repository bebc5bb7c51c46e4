"""Tagging: which actors an article names, and what it is about."""

from pipeline.stages.tag.actors import ActorIndex
from pipeline.stages.tag.cutting import IS_BUILT
from pipeline.stages.tag.stage import MOST_MENTIONS, VERSION, tag

__all__ = ["IS_BUILT", "MOST_MENTIONS", "VERSION", "ActorIndex", "tag"]
