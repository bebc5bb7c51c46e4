"""Finding the watches an article matches: the query language, the index of watches, and the stage."""

from pipeline.stages.match.engine.index import WatchIndex
from pipeline.stages.match.engine.kernel import IS_BUILT
from pipeline.stages.match.glance import Glance
from pipeline.stages.match.language.parser import parse_query
from pipeline.stages.match.language.query import Query, QueryError
from pipeline.stages.match.stage import VERSION, match

__all__ = ["IS_BUILT", "VERSION", "Glance", "Query", "QueryError", "WatchIndex", "match", "parse_query"]
