"""The leaves of a query: what a word, a phrase or a field's value asks for.

1. A plain word matches whatever its case and accents, and in the other forms of `wording.py`.
2. A phrase in quotation marks matches as written, case and accents apart: no plural.
3. With `=` case and accents count too.
4. Hyphens, apostrophes and dots part words: `non-lethal` is two words in a row, as it is in the article.
5. What other query languages have and this one has not is refused, never read as words.
"""

import re
from collections.abc import Callable
from difflib import get_close_matches

from pipeline.stages.match.language import dates, patterns
from pipeline.stages.match.language.lexemes import Kind, Lexeme
from pipeline.stages.match.language.query import (
    Filter,
    FilterField,
    Leaf,
    Named,
    Phrase,
    QueryError,
    Regex,
    Variant,
    Zone,
)
from pipeline.stages.match.language.wording import variants
from pipeline.stages.match.words import split

ACTOR, PUBLISHED = "actor", "published"
FIELDS = (*Zone, ACTOR, *FilterField, PUBLISHED)
"""The names of the fields."""

# What the same things are called in Lucene, Meltwater, Brandwatch and Factiva.
OTHER_NAMES = {
    **dict.fromkeys(("headline", "hl", "hd", "ti"), "title"),
    **dict.fromkeys(("body", "content"), "text"),
    **dict.fromkeys(("lp", "hlp", "opening"), "lead"),
    **dict.fromkeys(("source", "domain", "host", "rst", "publication"), "site"),
    **dict.fromkeys(("language", "la"), "lang"),
    **dict.fromkeys(("person", "people", "organisation", "organization", "company", "name"), "actor"),
    **dict.fromkeys(("by", "byline", "au"), "author"),
    **dict.fromkeys(("http", "https", "link", "links"), "url"),
    **dict.fromkeys(("tag", "tags", "topic", "keywords"), "keyword"),
    **dict.fromkeys(("date", "pubdate", "pd", "since", "published_at"), "published"),
}
_PLAIN_ADDRESS = re.compile(r"[\w/][\w/.:%&?#;=+@-]*")
_PLAIN_VALUE = re.compile(r"\w[\w.-]*")
_LANGUAGE = re.compile(r"[A-Za-z]{2}")
_PLAIN = re.compile(r"\w+")
_OPERATORS = frozenset({"and", "or", "not", "near", "onear", "adj", "same"})
_UNSUPPORTED: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"[-−–+].+"), "a sign cannot stand here", "write one - before the word, with a space before it"),
    (re.compile(r"&&?|\|\|?"), "operators are words here", "write AND or OR"),
    (re.compile(r"!.*"), "! is no operator here", "write NOT or -"),
    (re.compile(r"(?i:and|or|not)"), "operators are written in capitals", "put it in quotes if you mean the word"),
    (
        re.compile(r"(?i:(?:o?near|adj)/?\d+f?|(?:w|n|pre)/\d+)|O?NEAR|ADJ|SAME"),
        "no operator",
        "write NEAR/5 or ONEAR/5",
    ),
    (re.compile(r"/.+"), "this regular expression does not end", r"close it with / and write inner ones \/"),
    (re.compile(r"[*?]+"), "a wildcard stands for letters of a word", "write it behind three letters, as in sanction*"),
    (re.compile(r".*\^\d*\.?\d*"), "there are no weights", "leave ^ out: a watch matches or not"),
    (re.compile(r".*~(?!1$|2$).+"), "a word may differ by 1 or 2 letters", "write ~1 or ~2"),
    (re.compile(r"[\[{<>].*|.*[\]}]"), "ranges are for dates and figures", "write published:2026-01-01..2026-02-01"),
)


def leaf(lexeme: Lexeme, *, field: Lexeme | None, position: int) -> Leaf:
    """What a word, phrase or expression asks for, in the field if there is one. QueryError when it cannot be asked."""
    if field is None:
        return words(lexeme, zone=None, position=position)
    name = field_name(field)
    if name in tuple(Zone):
        return words(lexeme, zone=Zone(name), position=position)
    if lexeme.is_exact and name != PUBLISHED:
        raise QueryError(lexeme.start, f"= cannot be used in {name}:", "it is for words of the title and text")
    if lexeme.kind is Kind.REGEX:
        raise QueryError(lexeme.start, f"{name}: takes no regular expression", "it is for the title and text")
    if name == PUBLISHED:
        return dates.published("=" * lexeme.is_exact + lexeme.text, start=lexeme.start, position=position)
    if name == ACTOR:
        return named(lexeme, position=position)
    if name not in (FilterField.URL, FilterField.FEED):
        _refuse_patterns(lexeme, name)
    value = _VALUES.get(FilterField(name), _folded_value)(lexeme)
    return Filter(f"{name}:{_quoted(value, name)}", position, FilterField(name), value)


def named(lexeme: Lexeme, *, position: int) -> Named:
    """The actor of that id or name."""
    _refuse_patterns(lexeme, ACTOR)
    name = " ".join(_words(lexeme))
    return Named(f"actor:{_quoted(lexeme.text.strip(), ACTOR)}", position, name)


def words(lexeme: Lexeme, *, zone: Zone | None, position: int) -> Phrase | Regex:
    """The words of a word, a phrase or an expression."""
    prefix = f"{zone.value}:" if zone is not None else ""
    if lexeme.kind is Kind.REGEX:
        patterns.check_expression(lexeme.text, lexeme.start, is_exact=lexeme.is_exact)
        clause = f"{prefix}{'=' * lexeme.is_exact}/{lexeme.text}/"
        return Regex(clause, position, lexeme.text, lexeme.is_exact, zone)
    text, is_phrase = lexeme.text, lexeme.kind is Kind.PHRASE
    if not is_phrase and not lexeme.is_exact:
        if text.isalpha() and text.lower() not in _OPERATORS:
            return Phrase(prefix + text, position, variants(text, True), zone)
        _refuse_unsupported(lexeme)
    clause = f'{prefix}{"=" * lexeme.is_exact}"{text}"' if is_phrase else f"{prefix}{'=' * lexeme.is_exact}{text}"
    return Phrase(clause, position, _variants(lexeme, is_phrase=is_phrase), zone)


def field_name(field: Lexeme) -> str:
    """The field's name, checked. QueryError suggests the nearest one there is."""
    name = field.text.lower()
    if name in FIELDS:
        return name
    near = get_close_matches(name, [*FIELDS, *OTHER_NAMES], n=1)
    known = OTHER_NAMES.get(near[0], near[0]) if near else None
    hint = f"do you mean {known}:" if known else f"the fields are {', '.join(FIELDS)}"
    raise QueryError(
        field.start, f"there is no field {field.text}:", f"{hint}; put the words in quotes if they are text"
    )


def _variants(lexeme: Lexeme, *, is_phrase: bool) -> tuple[Variant, ...]:
    text = lexeme.text
    if not lexeme.is_exact and _PLAIN.fullmatch(text) is None:
        if patterns.has_wildcard(text, is_phrase=is_phrase):
            return patterns.with_wildcards(text, lexeme.start, is_phrase=is_phrase)
        if not is_phrase and (fuzzy := patterns.fuzzy(text, lexeme.start)) is not None:
            return (Variant((fuzzy,)),)
    found = variants(text, not is_phrase and not lexeme.is_exact, lexeme.is_exact)
    if not found:
        raise QueryError(lexeme.start, "there is no letter or digit to look for", "write a word or a phrase")
    return found


def _words(lexeme: Lexeme) -> tuple[str, ...]:
    found = split(lexeme.text).words
    if not found:
        raise QueryError(lexeme.start, "there is no letter or digit to look for", "write a word or a phrase")
    return found


def _refuse_unsupported(lexeme: Lexeme) -> None:
    for pattern, message, hint in _UNSUPPORTED:
        if pattern.fullmatch(lexeme.text):
            raise QueryError(lexeme.start, f"{lexeme.text}: {message}", hint)


def _refuse_patterns(lexeme: Lexeme, name: str) -> None:
    if lexeme.kind is Kind.WORD:
        _refuse_unsupported(lexeme)
        if patterns.has_wildcard(lexeme.text, is_phrase=False) or "~" in lexeme.text:
            raise QueryError(lexeme.start, f"{name}: takes no wildcards", "they are for words of the title and text")


def _quoted(value: str, name: str) -> str:
    """The value between quotation marks where it would not be read as one plain piece without."""
    if name in (FilterField.URL, FilterField.FEED):
        is_plain = _PLAIN_ADDRESS.fullmatch(value) is not None
    else:
        is_plain = bool(_PLAIN_VALUE.fullmatch(value)) and not any(one.fullmatch(value) for one, _, _ in _UNSUPPORTED)
    return value if is_plain else f'"{value}"'


def _address_value(lexeme: Lexeme) -> str:
    if not lexeme.text.strip():
        raise QueryError(lexeme.start, "the address is empty", "write a part of it, as in url:/politics/")
    return lexeme.text.strip()


def _site_value(lexeme: Lexeme) -> str:
    _words(lexeme)
    return lexeme.text.strip().lower()


def _language_value(lexeme: Lexeme) -> str:
    if not _LANGUAGE.fullmatch(lexeme.text.strip()):
        raise QueryError(lexeme.start, "a language is two letters (ISO 639-1)", "write lang:en or lang:uk")
    return lexeme.text.strip().lower()


def _folded_value(lexeme: Lexeme) -> str:
    return " ".join(_words(lexeme))


_VALUES: dict[FilterField, Callable[[Lexeme], str]] = {
    FilterField.URL: _address_value,
    FilterField.FEED: _address_value,
    FilterField.SITE: _site_value,
    FilterField.LANGUAGE: _language_value,
}
