"""The functions of the query language, each called with the cursor behind its opening parenthesis.

`near(a, b, n)`, `atleast3(a)`, `2of(a, b, c)`, `stem(word)`, `says(actor, what)`, `figure(killed > 50 near what)`,
and the alias list `actor:("a" | "b")`.
"""

import re

from pipeline.stages.match.language import aliases, limits, patterns
from pipeline.stages.match.language.grammar import Function, Grammar
from pipeline.stages.match.language.leaves import named
from pipeline.stages.match.language.lexemes import Kind, Lexeme
from pipeline.stages.match.language.printing import written
from pipeline.stages.match.language.query import (
    FIGURE_DISTANCE,
    AllOf,
    AnyOf,
    AtLeast,
    Comparison,
    Counted,
    Filter,
    Named,
    Near,
    Negation,
    Node,
    Phrase,
    Placed,
    Published,
    QueryError,
    Regex,
    Says,
    SomeOf,
    Word,
)
from pipeline.stages.match.language.trees import checked_distance, near, refuse_unfounded, some_of
from pipeline.stages.match.language.wording import plurals
from pipeline.stages.text.fold import words as folded_words

_NUMBER = re.compile(r"\s*(?P<number>\d{1,9})(?=\s*\))")
_COUNTED_NAME = re.compile(r"(?:atleast(?P<times>\d{1,9})|(?P<some>\d{1,9})of)")
_ANYONE = re.compile(r"\s*\*(?=\s*,)")
_SUBJECT = re.compile(r"\s*(?P<subject>%|€|\$|£|[^\W\d_]+(?:-[^\W\d_]+)*)")
_COMPARISON = re.compile(r"\s*(?P<comparison>[<>]=?|=)")
_AMOUNT = re.compile(
    r"\s*(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,9})?)\s*"
    r"(?P<times>(?i:thousand|million|billion|trillion|bn|tn|k|m|b)(?!\w))?\s*(?P<percent>%)?"
)
_BESIDE = re.compile(r"\s*(?:near|NEAR)(?:/(?P<distance>\d{1,9}))?(?=[\s(\"“”„‟«»＂=])")
_TIMES = {
    **dict.fromkeys(("k", "thousand"), 1e3),
    **dict.fromkeys(("m", "million"), 1e6),
    **dict.fromkeys(("b", "bn", "billion"), 1e9),
    **dict.fromkeys(("tn", "trillion"), 1e12),
}
_SUBJECTS = {"%": "percent", "€": "EUR", "$": "USD", "£": "GBP"}
# Other words for what tagging calls an event.
_EVENTS = {
    **dict.fromkeys(("dead", "deaths", "died", "victims"), "killed"),
    **dict.fromkeys(("injured", "hurt"), "wounded"),
    **dict.fromkeys(("detained", "detentions", "arrests"), "arrested"),
}


def find(name: str) -> Function | None:
    """The function of that name, case ignored."""
    plain = name.lower()
    found = _COUNTED_NAME.fullmatch(plain)
    if found is None:
        return _NAMED.get(plain)
    return _at_least if found["times"] else _some_of


def find_counting(name: str) -> Function | None:
    """Of the functions, only `atleast3(…)`: what other systems have too."""
    found = _COUNTED_NAME.fullmatch(name.lower())
    return _at_least if found is not None and found["times"] else None


def _near(grammar: Grammar, name: Lexeme) -> Node:
    left = grammar.placed("near(…)")
    _comma(grammar, name, "near(minsk, talks, 20)")
    right = grammar.placed("near(…)")
    _comma(grammar, name, "near(minsk, talks, 20)")
    found = grammar.cursor.match(_NUMBER)
    if found is None:
        start = grammar.cursor.place
        raise QueryError(start, "the number of words between is missing", "write near(minsk, talks, 20)")
    distance = checked_distance(int(found["number"]), found.start("number"))
    return near(left, right, distance=distance, is_ordered=False, position=name.start)


def _at_least(grammar: Grammar, name: Lexeme) -> Node:
    count = int(name.text.lower().removeprefix("atleast"))
    if not 1 <= count <= limits.MAX_TIMES:
        raise QueryError(name.start, f"{name.text}: between 1 and {limits.MAX_TIMES} times", "write atleast3(drone)")
    start = grammar.cursor.ahead.start
    part = grammar.any()
    if isinstance(part, Phrase | Named) or (isinstance(part, AnyOf) and _are_words(part)):
        return grammar.count(AtLeast(f"atleast{count}({written(part)})", name.start, count, part))
    raise QueryError(start, "atleast counts words, phrases and actors, and those joined by OR", "write atleast3(drone)")


def _are_words(part: AnyOf) -> bool:
    return all(isinstance(one, Phrase | Named) or (isinstance(one, AnyOf) and _are_words(one)) for one in part.parts)


def _some_of(grammar: Grammar, name: Lexeme) -> Node:
    count = int(name.text[:-2])
    parts = [grammar.any()]
    while grammar.cursor.ahead.kind is Kind.COMMA:
        grammar.cursor.take()
        parts.append(grammar.any())
    if not 1 <= count <= len(parts):
        message = f"{name.text} of a set of {len(parts)}"
        raise QueryError(name.start, message, "write 2of(minsk, vilnius, riga), a comma between each")
    return some_of(count, parts)


def _stem(grammar: Grammar, name: Lexeme) -> Node:
    lexeme = grammar.cursor.take()
    if lexeme.kind not in (Kind.WORD, Kind.PHRASE) or lexeme.is_exact or lexeme.distance is not None:
        raise QueryError(lexeme.start, "stem takes one word or one phrase", "write stem(minister)")
    if patterns.has_wildcard(lexeme.text, is_phrase=True) or "~" in lexeme.text:
        raise QueryError(lexeme.start, "stem takes whole words", "write stem(minister)")
    text = f'"{lexeme.text}"' if lexeme.kind is Kind.PHRASE else lexeme.text
    return grammar.count(Phrase(f"stem({text})", name.start, patterns.stems(lexeme.text, lexeme.start)))


def _says(grammar: Grammar, name: Lexeme) -> Node:
    speaker = _speaker(grammar)
    _comma(grammar, name, 'says(lukashenko, "sanctions")')
    start = grammar.cursor.ahead.start
    part = grammar.any()
    _check_said(part, start)
    refuse_unfounded(part, "every quotation without it")
    who = speaker.clause if speaker is not None else "*"
    return grammar.count(Says(f"says({who}, {written(part)})", name.start, speaker, part))


def _speaker(grammar: Grammar) -> Named | Phrase | None:
    if grammar.cursor.match(_ANYONE):
        return None
    lexeme = grammar.cursor.ahead
    if lexeme.kind in (Kind.WORD, Kind.PHRASE) and not lexeme.is_exact and lexeme.distance is None:
        return named(grammar.cursor.take(), position=lexeme.start)
    if lexeme.kind is Kind.FIELD and lexeme.text.lower() == "actor":
        speaker = grammar.value()
        if isinstance(speaker, Named | Phrase):
            return speaker
    raise QueryError(
        lexeme.start, "the speaker is missing", 'write says(actor:lukashenko, "sanctions"), or * for anyone'
    )


def _check_said(node: Node, start: int) -> None:
    match node:
        case AllOf(parts=parts) | AnyOf(parts=parts) | SomeOf(parts=parts):
            for part in parts:
                _check_said(part, start)
        case Negation(leaf=leaf):
            _check_said(leaf, start)
        case Near(parts=parts):
            for part in parts:
                _check_said(part, start)
        case AtLeast(part=part):
            _check_said(part, start)
        case Says() | Counted() | Filter() | Published():
            raise QueryError(node.position, "only words are said", "write fields and functions outside of says(…)")
        case Phrase(zone=zone) | Regex(zone=zone) if zone is not None:
            raise QueryError(node.position, "only words are said", f"write {zone.value}: outside of says(…)")


def _figure(grammar: Grammar, name: Lexeme) -> Node:
    cursor = grammar.cursor
    subjects: list[str] = []
    while (found := cursor.match(_SUBJECT)) is not None:
        subjects.append(_SUBJECTS.get(found["subject"], found["subject"]))
    comparison = cursor.match(_COMPARISON)
    if comparison is None:
        raise QueryError(cursor.place, "a comparison is missing", "write figure(killed > 50)")
    amount = cursor.match(_AMOUNT)
    if amount is None:
        raise QueryError(cursor.place, "a number is missing", "write figure(killed > 50) or figure(EUR >= 10m)")
    if amount["percent"] and "percent" not in subjects:
        subjects.append("percent")
    if not subjects:
        raise QueryError(name.end + 1, "what the figure counts is missing", "write figure(killed > 50)")
    sign = Comparison(comparison["comparison"])
    bound = float(amount["digits"].replace(",", "")) * _TIMES.get((amount["times"] or "").lower(), 1.0)
    beside, distance = _beside(grammar)
    clause = f"figure({' '.join(subjects)} {sign} {_number(bound)}"
    if beside is not None:
        operand = written(beside)
        clause += f" near/{distance} {f'({operand})' if isinstance(beside, AnyOf | Near) else operand}"
    made = Counted(f"{clause})", name.start, tuple(map(_subject, subjects)), sign, bound, beside, distance)
    return grammar.count(made)


def _beside(grammar: Grammar) -> tuple[Placed | None, int]:
    found = grammar.cursor.match(_BESIDE)
    if found is None:
        return None, FIGURE_DISTANCE
    distance = checked_distance(int(found["distance"] or FIGURE_DISTANCE), found.start())
    return grammar.placed("near"), distance


def _subject(subject: str) -> Word:
    folded = "".join(folded_words(subject))
    folded = _EVENTS.get(folded, folded)
    return Word((folded, *plurals(folded)))


def _number(bound: float) -> str:
    return f"{bound:.9f}".rstrip("0").rstrip(".")


def _aliases(grammar: Grammar, field: Lexeme) -> Node:
    """`actor:(` with bars in it. Without one it is a group like any other."""
    cursor = grammar.cursor
    opened = cursor.take()
    if aliases.LISTS_ALIASES.match(cursor.text, opened.end) is None:
        return grammar.group_of(field, opened)
    found: list[str] = []
    while (alias := cursor.match(aliases.ALIAS)) is not None:
        text = alias["quoted"] if alias["quoted"] is not None else alias["word"]
        found.append(f"={text.strip()}" if alias["exact"] else text.strip())
        sign = cursor.match(aliases.BAR)
        if sign is None:
            raise QueryError(cursor.place, "a | is missing between two aliases", 'write actor:("Name" | "Имя")')
        if sign["sign"] == ")":
            return _spelled_out(grammar, found, field)
    raise QueryError(cursor.place, "an alias is missing", 'write actor:("Name" | "Имя")')


def _spelled_out(grammar: Grammar, found: list[str], field: Lexeme) -> Node:
    if len(found) > limits.MAX_ALIASES:
        raise QueryError(field.start, f"more than {limits.MAX_ALIASES} aliases", "list the actor in the file")
    return grammar.count(aliases.spelled_out(tuple(found), start=field.end, position=field.start))


def _comma(grammar: Grammar, name: Lexeme, example: str) -> None:
    lexeme = grammar.cursor.ahead
    if lexeme.kind is not Kind.COMMA:
        raise QueryError(lexeme.start, f"a comma is missing in {name.text}(…)", f"write {example}")
    grammar.cursor.take()


_NAMED: dict[str, Function] = {"near": _near, "stem": _stem, "says": _says, "figure": _figure}

OF_FIELDS: dict[str, Function] = {"actor:": _aliases}
"""What reads the parenthesis after a field's colon."""
