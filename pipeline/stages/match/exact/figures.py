"""When a figure of an article is certain to satisfy a comparison."""

from pipeline.stages.match.exact.places import Place, Row, places
from pipeline.stages.match.exact.reading import Reading
from pipeline.stages.match.language.query import Comparison, Counted
from pipeline.stages.text.fold import words
from topics.records import Figure, Qualifier, TextField


def counted(leaf: Counted, reading: Reading) -> list[Figure]:
    """The figures that satisfy the leaf, title first, in the order of the text."""
    found = [one for one in reading.figures if _is_meant(leaf, one) and _holds(leaf, one)]
    if found and leaf.near is not None:
        others = Row(places(leaf.near, reading))
        found = [one for one in found if _is_near(one, others, leaf.distance, reading)]
    return sorted(found, key=lambda one: (one.field is TextField.TEXT, one.start, one.end))


def _is_meant(leaf: Counted, figure: Figure) -> bool:
    known = {figure.event or "", *words(figure.unit or ""), *words(figure.counted or "")}
    return all(not known.isdisjoint(subject.forms) for subject in leaf.subjects)


def _holds(leaf: Counted, figure: Figure) -> bool:
    low, high, bound = figure.low, figure.high, leaf.bound
    match leaf.comparison:
        case Comparison.AT_LEAST:
            return low is not None and low >= bound
        case Comparison.MORE:
            return low is not None and (low > bound or (low == bound and figure.qualifier is Qualifier.MORE_THAN))
        case Comparison.AT_MOST:
            return high is not None and high <= bound
        case Comparison.LESS:
            return high is not None and (high < bound or (high == bound and figure.qualifier is Qualifier.LESS_THAN))
        case Comparison.EQUAL:
            is_open = figure.qualifier in (Qualifier.MORE_THAN, Qualifier.LESS_THAN)
            return low == high == bound and not is_open


def _is_near(figure: Figure, others: Row, distance: int, reading: Reading) -> bool:
    covered = reading.fields[figure.field].within(figure.start, figure.end)
    if covered is None:
        return False
    return others.is_near(Place(figure.field is TextField.TEXT, *covered, figure.start, figure.end), distance)
