"""A tree as the text of a query: read again, it gives an equal tree."""

from pipeline.stages.match.language.query import AllOf, AnyOf, Near, Negation, Node, SomeOf


def written(node: Node) -> str:
    """The query's text."""
    match node:
        case AllOf(parts=parts):
            return " AND ".join(_part(part, (AnyOf, AllOf)) for part in parts)
        case AnyOf(parts=parts):
            return " OR ".join(_part(part, (AnyOf, AllOf)) for part in parts)
        case SomeOf(count=count, parts=parts):
            return f"{count}of({', '.join(map(written, parts))})"
        case Negation(leaf=leaf):
            return f"NOT {_part(leaf, (Near,))}"
        case _:
            return node.clause


def near_written(parts: tuple[Node, ...], distances: tuple[int, ...], *, is_ordered: bool) -> str:
    """Parts near each other."""
    operator = "ONEAR" if is_ordered else "NEAR"
    text = _part(parts[0], (AnyOf, Near))
    for part, distance in zip(parts[1:], distances, strict=True):
        text += f" {operator}/{distance} {_part(part, (AnyOf, Near))}"
    return text


def _part(node: Node, enclosed: tuple[type, ...]) -> str:
    return f"({written(node)})" if isinstance(node, enclosed) else written(node)
