"""The leaves of a query: what a word, a phrase or a field's value asks for.

1. A plain word matches whatever its case and accents, and its English plural when it is written in plain Latin letters.
2. A phrase in quotation marks matches as written, case and accents apart: no plural.
3. With `=` case and accents count too.
4. Hyphens, apostrophes and dots part words: `non-lethal` is two words in a row, as it is in the article.
5. What other query languages have and this one has not is refused, never read as words.
"""

import re
import unicodedata
from collections.abc import Callable
from difflib import get_close_matches

from pipeline.stages.match.language.lexemes import Kind, Lexeme
from pipeline.stages.match.language.query import (
    Filter,
    FilterField,
    Leaf,
    Named,
    Phrase,
    QueryError,
    Variant,
    Word,
    Zone,
)
from pipeline.stages.match.words import split

ACTOR = "actor"
FIELDS = (*Zone, ACTOR, *FilterField)
"""The names of the fields."""

# What the same things are called in Lucene, Meltwater, Brandwatch and Factiva.
_OTHER_NAMES = {
    **dict.fromkeys(("headline", "hl", "ti"), "title"),
    **dict.fromkeys(("body", "content"), "text"),
    **dict.fromkeys(("source", "domain", "host", "rst", "publication"), "site"),
    **dict.fromkeys(("language", "la"), "lang"),
    **dict.fromkeys(("person", "people", "organisation", "organization", "company", "name"), "actor"),
    **dict.fromkeys(("by", "byline", "au"), "author"),
    **dict.fromkeys(("http", "https", "link", "links"), "url"),
    **dict.fromkeys(("tag", "tags", "topic", "keywords"), "keyword"),
}
_PLAIN_WORD = re.compile(r"[a-z]{3,}")
_LANGUAGE = re.compile(r"[A-Za-z]{2}")
_WILDCARD_IN_PHRASE = re.compile(r"\w\*")
_UNSUPPORTED: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"[-−–+].+"), "a sign cannot stand here", "write one - before the word, with a space before it"),
    (re.compile(r"&&?|\|\|?"), "operators are words here", "write AND or OR"),
    (re.compile(r"!.*"), "! is no operator here", "write NOT or -"),
    (re.compile(r"(?i:and|or|not)"), "operators are written in capitals", "put it in quotes if you mean the word"),
    (re.compile(r"(?:O?NEAR|ADJ|W|NEAR)/?\d+f?|O?NEAR|SAME"), "words near each other cannot be asked for", "use AND"),
    (re.compile(r"/.+/"), "regular expressions cannot be used", "list the words with OR"),
    (re.compile(r".*[*?].*"), "wildcards cannot be used", "list the forms with OR"),
    (re.compile(r".*[~^]\d*\.?\d*"), "there are no fuzzy words or weights", "list the spellings with OR"),
    (re.compile(r"[\[{<>].*|.*[\]}]"), "ranges cannot be asked for", "use words, phrases and the fields"),
)


def leaf(lexeme: Lexeme, *, field: Lexeme | None, clause: str, position: int) -> Leaf:
    """What a word or phrase asks for, in the field if there is one. QueryError when it cannot be asked for."""
    name = field_name(field) if field is not None else None
    if name not in (FilterField.URL, FilterField.FEED):
        _refuse_unsupported(lexeme)
    if name is None or name in tuple(Zone):
        return _phrase(lexeme, clause=clause, position=position, field=None if name is None else Zone(name))
    if lexeme.is_exact:
        raise QueryError(lexeme.start, f"= cannot be used in {name}:", "it is for words of the title and text")
    if name == ACTOR:
        return Named(clause, position, " ".join(_words(lexeme)))
    return Filter(clause, position, FilterField(name), _filter_value(FilterField(name), lexeme))


def field_name(field: Lexeme) -> str:
    """The field's name, checked. QueryError suggests the nearest one there is."""
    name = field.text.lower()
    if name in FIELDS:
        return name
    near = get_close_matches(name, [*FIELDS, *_OTHER_NAMES], n=1)
    known = _OTHER_NAMES.get(near[0], near[0]) if near else None
    hint = f"do you mean {known}:" if known else f"the fields are {', '.join(FIELDS)}"
    raise QueryError(
        field.start, f"there is no field {field.text}:", f"{hint}; put the words in quotes if they are text"
    )


def plurals(folded: str) -> tuple[str, ...]:
    """The English plurals a folded word may have by the regular rules; none for what is not a plain Latin word."""
    if not _PLAIN_WORD.fullmatch(folded):
        return ()
    if folded.endswith(("s", "x", "z", "ch", "sh")):
        return (folded + "es",)
    if folded.endswith("o"):
        return (folded + "s", folded + "es")
    if folded.endswith("y") and folded[-2] not in "aeiou":
        # Names keep their y: the Kennedys.
        return (folded[:-1] + "ies", folded + "s")
    return (folded + "s",)


def _phrase(lexeme: Lexeme, *, clause: str, position: int, field: Zone | None) -> Phrase:
    found = split(unicodedata.normalize("NFC", lexeme.text))
    words = found.words or _words(lexeme)
    if lexeme.is_exact:
        terms = [Word((one,), found.letters(place)) for place, one in enumerate(words)]
    else:
        terms = [Word((one,)) for one in words]
        if lexeme.kind is Kind.WORD:
            terms[-1] = Word((words[-1], *plurals(words[-1])))
    return Phrase(clause, position, (Variant(tuple(terms)),), field)


def _words(lexeme: Lexeme) -> tuple[str, ...]:
    found = split(unicodedata.normalize("NFC", lexeme.text)).words
    if not found:
        raise QueryError(lexeme.start, "there is no letter or digit to look for", "write a word or a phrase")
    return found


def _refuse_unsupported(lexeme: Lexeme) -> None:
    if lexeme.kind is Kind.PHRASE:
        if _WILDCARD_IN_PHRASE.search(lexeme.text):
            raise QueryError(lexeme.start, "wildcards cannot be used", "list the forms with OR")
        return
    for pattern, message, hint in _UNSUPPORTED:
        if not lexeme.is_exact and pattern.fullmatch(lexeme.text):
            raise QueryError(lexeme.start, f"{lexeme.text}: {message}", hint)


def _filter_value(field: FilterField, lexeme: Lexeme) -> str:
    return _VALUES.get(field, _folded_value)(lexeme)


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
