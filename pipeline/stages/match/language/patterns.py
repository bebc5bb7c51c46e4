"""Words of a query that stand for many: with wildcards, fuzzy, by their stem, or as a regular expression."""

import re
import unicodedata

from pipeline.stages.match.language import limits
from pipeline.stages.match.language.expressions import ExpressionError, compiled
from pipeline.stages.match.language.query import Fuzzy, QueryError, Stem, Term, Variant, Wildcard, Word
from pipeline.stages.match.language.wording import plurals
from pipeline.stages.match.words import split
from pipeline.stages.text.fold import fold, tokens, word

_INNER_WILDCARD = re.compile(r"\w\*|\w\?(?=\w)")
_WILDCARD = re.compile(r"[*?]")
_FUZZY = re.compile(r"(?P<word>[^~]+)~(?P<edits>\d?)")


def has_wildcard(text: str, *, is_phrase: bool) -> bool:
    """Whether a word is written with wildcards. In a phrase, a question mark after a word is one, no wildcard."""
    return (_INNER_WILDCARD if is_phrase else _WILDCARD).search(text) is not None


def with_wildcards(text: str, start: int, *, is_phrase: bool) -> tuple[Variant, ...]:
    """A word or phrase with wildcards. QueryError where too little of a word is fixed."""
    text = unicodedata.normalize("NFC", text)
    kept = {found.end() - 1 for found in (_INNER_WILDCARD if is_phrase else _WILDCARD).finditer(text)}
    folded = "".join(text[place] if place in kept else letter for place, letter in enumerate(fold(text)))
    terms: list[Term] = []
    for chunk in folded.split():
        if _WILDCARD.search(chunk):
            terms.append(_wildcard(chunk, start))
        else:
            terms.extend(Word((word(chunk[first:last]),)) for first, last in tokens(chunk))
    return (Variant(tuple(terms)),)


def fuzzy(text: str, start: int) -> Fuzzy | None:
    """A fuzzy word; None when it is not written as one. QueryError where it is too short or too far."""
    written = _FUZZY.fullmatch(text)
    if written is None:
        return None
    found = split(unicodedata.normalize("NFC", written["word"])).words
    edits = int(written["edits"] or 1)
    if len(found) != 1:
        raise QueryError(start, "~ stands after one word", "write one word, as in lukashenko~1")
    needed = limits.FUZZY_LETTERS.get(edits)
    if needed is None:
        raise QueryError(start, f"~{edits}: a word may differ by 1 or 2 letters", "write ~1 or ~2")
    if len(found[0]) < needed:
        hint = "leave ~ out, or list the spellings with OR"
        raise QueryError(start, f"~{edits} needs a word of {needed} letters or more", hint)
    return Fuzzy(found[0], edits)


def stems(text: str, start: int) -> tuple[Variant, ...]:
    """A word or phrase by its stems. QueryError when there is no word in it."""
    found = split(unicodedata.normalize("NFC", text))
    if not found.words:
        raise QueryError(start, "there is no word to take the stem of", "write stem(minister)")
    written = [found.letters(place).lower() for place in range(len(found.words))]
    terms = (Stem(letters, (one, *plurals(one))) for letters, one in zip(written, found.words, strict=True))
    return (Variant(tuple(terms)),)


def check_expression(pattern: str, start: int, *, is_exact: bool) -> None:
    """QueryError when RE2 does not take it, it is too large, or it matches where there is nothing."""
    if len(pattern) > limits.MAX_EXPRESSION_CHARACTERS:
        size = limits.MAX_EXPRESSION_CHARACTERS
        raise QueryError(start, f"a regular expression of more than {size} characters", "split it with OR")
    try:
        expression = compiled(pattern, is_exact=is_exact)
    except ExpressionError as error:
        raise QueryError(start, f"no regular expression of RE2: {error}", "see the syntax page of RE2") from error
    if expression.programsize > limits.MAX_EXPRESSION_PROGRAM:
        raise QueryError(start, "this regular expression grows too large", "repeat less: \\w{1,20}, not \\w{1,500}")
    if expression.search("") is not None or expression.search(" \n ") is not None:
        raise QueryError(start, "this regular expression matches everywhere", "ask for at least one letter or digit")


def _wildcard(chunk: str, start: int) -> Wildcard:
    pattern = word(chunk)
    first = min(place for place, letter in enumerate(pattern) if letter in "*?")
    if any(
        last - begin == 1 and len(tokens(chunk.replace("*", "").replace("?", ""))) > 1 for begin, last in tokens(chunk)
    ):
        hint = "leave the wildcard out, or part the words"
        raise QueryError(start, f"{chunk}: a character that is a word by itself has no wildcard", hint)
    if first < limits.FIXED_LETTERS:
        hint = f"write at least {limits.FIXED_LETTERS} letters first, as in sanction*"
        raise QueryError(start, f"{chunk}: too little stands before the wildcard", hint)
    if len(_WILDCARD.findall(pattern)) > limits.MAX_WILDCARDS_OF_WORD:
        hint = f"a word may have {limits.MAX_WILDCARDS_OF_WORD}"
        raise QueryError(start, f"{chunk}: too many wildcards", hint)
    if len(pattern) > limits.MAX_WILDCARD_LETTERS:
        hint = f"a word with wildcards has {limits.MAX_WILDCARD_LETTERS} letters at most"
        raise QueryError(start, f"{pattern[:20]}…: too long", hint)
    return Wildcard(re.sub(r"\*+", "*", pattern))
