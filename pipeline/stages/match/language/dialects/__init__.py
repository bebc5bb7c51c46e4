"""Queries written for other systems, read into the same tree.

What cannot be carried over is refused with its place and a hint, never dropped; weights are passed over, since they
rank and do not match. Errors point into the text as it was given.
"""

from collections.abc import Callable
from enum import StrEnum

from pipeline.stages.match.language.dialects import boolean, factiva, lucene
from pipeline.stages.match.language.parser import parse_query
from pipeline.stages.match.language.printing import written
from pipeline.stages.match.language.query import Query


class Syntax(StrEnum):
    """What a query is written in."""

    TOCSIN = "tocsin"
    LUCENE = "lucene"
    MELTWATER = "meltwater"
    BRANDWATCH = "brandwatch"
    FACTIVA = "factiva"


_PARSERS: dict[Syntax, Callable[[str], Query]] = {
    Syntax.TOCSIN: parse_query,
    Syntax.LUCENE: lucene.parse,
    Syntax.MELTWATER: boolean.parse_meltwater,
    Syntax.BRANDWATCH: boolean.parse_brandwatch,
    Syntax.FACTIVA: factiva.parse,
}


def translated(text: str, syntax: Syntax) -> str:
    """The query in Tocsin's own words. QueryError, with places of the text given, where it cannot be carried over."""
    return text if syntax is Syntax.TOCSIN else written(_PARSERS[syntax](text).tree)
