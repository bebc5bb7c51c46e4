"""Where regular expressions match in an article."""

from collections.abc import Iterator

from pipeline.stages.match.exact.reading import Reading, Scope
from pipeline.stages.match.language.expressions import compiled
from pipeline.stages.match.language.query import Regex, Zone
from topics.records import TextField

_LETTERS_OF_A_STEP = 50
"""What an expression reads while one place is looked at elsewhere."""


def spans(leaf: Regex, reading: Reading, scope: Scope | None = None) -> Iterator[Scope]:
    """The stretches of the article that the expression matches, title first, in the order of the text."""
    expression = compiled(leaf.pattern, is_exact=leaf.is_exact)
    for field, words in reading.fields.items():
        if leaf.zone is None or (field is TextField.TITLE) == (leaf.zone is Zone.TITLE):
            low, high = _bounds(leaf, field, reading, scope)
            reading.work.spend(len(words.text) // _LETTERS_OF_A_STEP)
            for found in expression.finditer(words.text):
                reading.work.spend(1)
                start, end = found.span()
                if low <= start < end <= high:
                    yield Scope(field, start, end)


def _bounds(leaf: Regex, field: TextField, reading: Reading, scope: Scope | None) -> tuple[int, int]:
    if scope is not None:
        return (scope.start, scope.end) if scope.field is field else (0, 0)
    return 0, reading.lead_end if leaf.zone is Zone.LEAD else len(reading.fields[field].text)
