"""Reading a query in Tocsin's own syntax. `docs/watches.md` is the page for users, `grammar.py` the grammar."""

from pipeline.stages.match.language import functions
from pipeline.stages.match.language.grammar import Grammar
from pipeline.stages.match.language.lexemes import Cursor, cut
from pipeline.stages.match.language.query import Query


def parse_query(text: str) -> Query:
    """The query as understood. QueryError says where it cannot be, and how to mend it."""
    return Grammar(Cursor(text, cut), functions.OF_FIELDS, functions.find).query()
