"""Which words of a text a term of a phrase stands for.

1. A form is compared with folded words; letters with the word as written, the invisible left out.
2. A wildcard must fit the whole folded word. It stands for at most `MAX_FITTING` different words of title and text, and
   so does a fuzzy word: those that are there first.
3. An edit is a letter added, left out or changed in the folded word; the first letter is not edited.
4. A stem is that of the word in small letters, accents kept, by the Snowball stemmer of the article's language. Where
   there is none, the term's forms are looked for.
"""

from functools import lru_cache
from itertools import chain, islice

import Stemmer

from pipeline.stages.match.language.limits import MAX_FITTING
from pipeline.stages.match.language.query import Fuzzy, Stem, Term, Wildcard, Word
from pipeline.stages.match.words import Words
from pipeline.stages.text.fold import fold, word

# ISO 639-1 to the algorithms of Snowball 3 that PyStemmer carries. No Ukrainian, Belarusian or Bulgarian among them.
_ALGORITHMS = {
    **{"ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english"},
    **{"eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish"},
    **{"fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian"},
    **{"it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "nb": "norwegian"},
    **{"nn": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian"},
    **{"st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish"},
}
STEMMED_LANGUAGES = frozenset(_ALGORITHMS)


def places(term: Term, words: Words, *, language: str | None) -> list[int]:
    """Where in the words the term stands, in order."""
    if isinstance(term, Stem) and language in STEMMED_LANGUAGES:
        return _of_stem(term.word, words, language=language)
    if isinstance(term, Wildcard | Fuzzy):
        return _sorted(words, _fitting(term, words))
    found = _sorted(words, [form for form in term.forms if form in words.places])
    if isinstance(term, Word) and term.letters is not None:
        return [place for place in found if words.letters(place) == term.letters]
    return found


def effort(term: Term, words: Words) -> int:
    """How many words are looked at to find it, beside those that it is; four stems count as one."""
    if isinstance(term, Wildcard | Fuzzy):
        return len(words.places)
    return len(words.words) // 4 if isinstance(term, Stem) else 0


def fits(term: Wildcard | Fuzzy, one: str) -> bool:
    """Whether the folded word is one the term stands for."""
    if isinstance(term, Wildcard):
        return _fits_pattern(term.pattern, one)
    return one[:1] == term.word[:1] and _is_within(term.word, one, term.edits)


@lru_cache(maxsize=200_000)
def stem(written: str, language: str) -> str:
    """The stem of a word in small letters, folded. The language is one of `STEMMED_LANGUAGES`."""
    return word(fold(_stemmer(language).stemWord(written)))


@lru_cache(maxsize=len(_ALGORITHMS))
def _stemmer(language: str) -> Stemmer.Stemmer:
    # Its own cache locks nothing; ours is shared by threads.
    return Stemmer.Stemmer(_ALGORITHMS[language], 0)


def _of_stem(wanted: str, words: Words, *, language: str) -> list[int]:
    goal = stem(wanted, language)
    return [place for place in range(len(words.words)) if stem(words.letters(place).lower(), language) == goal]


def _fitting(term: Wildcard | Fuzzy, words: Words) -> list[str]:
    """The words that the term stands for in the order in which they are there first."""
    found = [one for one in words.places if fits(term, one)]
    if len(found) + len(words.earlier) <= MAX_FITTING:
        return found
    before = (one for one in words.earlier if fits(term, one))
    first = set(islice(dict.fromkeys(chain(before, found)), MAX_FITTING))
    return [one for one in found if one in first]


def _sorted(words: Words, forms: list[str]) -> list[int]:
    if len(forms) == 1:
        return words.places[forms[0]]
    return sorted(place for form in set(forms) for place in words.places[form])


def _fits_pattern(pattern: str, one: str) -> bool:
    """Piece by piece, each as far left as it goes: no way back is ever needed, so time is bounded by the product."""
    first, *rest = pattern.split("*")
    if not rest:
        return len(one) == len(first) and _stands_at(first, one, 0)
    *middle, last = rest
    end = len(one) - len(last)
    place = len(first)
    if end < place or not _stands_at(first, one, 0) or not _stands_at(last, one, end):
        return False
    for piece in middle:
        found = next((start for start in range(place, end - len(piece) + 1) if _stands_at(piece, one, start)), None)
        if found is None:
            return False
        place = found + len(piece)
    return True


def _stands_at(piece: str, one: str, start: int) -> bool:
    if "?" not in piece:
        return one.startswith(piece, start)
    return len(piece) <= len(one) - start and all(
        wanted in ("?", letter) for wanted, letter in zip(piece, one[start:], strict=False)
    )


def _is_within(one: str, other: str, edits: int) -> bool:
    """Whether so few edits lead from one word to the other."""
    if abs(len(one) - len(other)) > edits:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    if not edits or not one or not other:
        return max(len(one), len(other)) <= edits
    return (
        _is_within(one[1:], other, edits - 1)
        or _is_within(one, other[1:], edits - 1)
        or _is_within(one[1:], other[1:], edits - 1)
    )
