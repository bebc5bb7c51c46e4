"""Laws of the query language: whatever is typed is read or refused in its place, and what is read can be written."""

from collections.abc import Iterator

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.stages.match import QueryError, parse_query
from pipeline.stages.match.language.printing import written
from pipeline.stages.match.language.query import AllOf, AnyOf, Leaf, Negation, Node, SomeOf

_PIECES = (
    *(
        "minsk",
        "a",
        "Orbán",
        "蔡英文",
        "минск",
        "U.S.",
        "e-mail",
        "COVID-19",
        "3",
        "the",
        "and",
        "…",
        "\u00ad",
        "\x00",
        "𐐷",
    ),
    *(
        " ",
        " ",
        " ",
        "  ",
        "\n",
        "\u00a0",
        "(",
        ")",
        ",",
        '"',
        "“",
        "«",
        "'",
        "=",
        "~",
        "~1",
        "~5",
        "*",
        "?",
        "^2",
        "|",
        "/",
    ),
    *(" AND ", " OR ", " NOT ", "NOT ", "-", "+", " NEAR/5 ", " ONEAR/2 ", " NEAR/999 ", " NEAR ", "&&", "!"),
    *("title:", "lead:", "text:", "lang:en", "site:", "url:", "published:", "2026-01-01", "..", ">=", "actor:", "qqq:"),
    *(
        "near(",
        "atleast2(",
        "2of(",
        "stem(",
        "says(",
        "figure(",
        "figure(killed > 50)",
        "actor:(",
        ", 5)",
        "killed",
        "10m",
    ),
    *("/[a-z]+x/", "/(/", "\\", "sanction*", "lukashenko~1", '"a b"~3'),
)
_typed = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))


@settings(max_examples=2_000, deadline=None)
@given(text=_typed)
@example(text="actor:(")
@example(text="figure(")
@example(text="says(*,")
@example(text="title:")
@example(text="published:0000")
@example(text="published:9999-12..")
@example(text='near("a", /b/, 5)')
@example(text="2of(a, b")
def test_any_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    tree = _read(text)
    if isinstance(tree, QueryError):
        assert 0 <= tree.position <= len(text)
        assert tree.message
        assert tree.hint
        assert "\n" not in tree.excerpt(text)
        return
    assert parse_query(written(tree)).tree == tree
    for leaf in _leaves(tree):
        assert 0 <= leaf.position < len(text)
        assert parse_query(leaf.clause).tree == leaf


def _read(text: str) -> Node | QueryError:
    try:
        return parse_query(text).tree
    except QueryError as error:
        return error


def _leaves(node: Node) -> Iterator[Leaf]:
    match node:
        case AllOf(parts=parts) | AnyOf(parts=parts) | SomeOf(parts=parts):
            for part in parts:
                yield from _leaves(part)
        case Negation(leaf=leaf):
            yield leaf
        case _:
            yield node
