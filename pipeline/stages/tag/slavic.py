"""Case endings of Russian, Ukrainian and Belarusian names, on folded words (ё is е; й, ї, ў are kept).

`stem` brings every form of a word to one string, so that a name is found by its stems; `agrees` then tells whether the
words found really are one case of the name, so that Зеленская is no form of Зеленский.
"""

import re
from functools import lru_cache

_CYRILLIC_WORD = re.compile(r"[\u0400-\u052f]+")
_LONGEST_NAME = 40
_VOWELS = "аеиоуыэюяіїєйьў"
_CONSONANT_ENDINGS = (
    *("ого", "его", "ага", "яга", "ому", "ему", "аму", "ові", "еві", "єві"),
    *("ом", "ем", "єм", "ам", "ям", "ым", "им", "ім"),
)
_FLEETING = ("ел", "ец", "ек", "ок")
_PATRONYMIC = re.compile(r"\w{2,}(?:ович|евич|йович|ьич|івн|овн|евн|ївн|аўн|еўн|івич|авич)(?:\w{0,3})")

# Nominative ending: genitive, dative, accusative, instrumental, prepositional, each with the alternatives of the three
# languages. The longest ending that fits is taken. Written from the school grammars' tables of name declension.
_TABLE = {
    "кий": ("кого", "кому", "кого", "ким", "ком кому кім"),
    "кі": ("кага", "каму", "кага", "кім", "кім"),
    "ый": ("ого", "ому", "ого", "ым", "ом"),
    "ой": ("ого", "ому", "ого", "ым", "ом"),
    "ы": ("ага", "аму", "ага", "ым", "ым"),
    "ий": ("ия ого", "ию ому", "ия ого", "ием им", "ии ом ому"),
    "ій": ("ія", "ію ієві", "ія", "ієм", "ії ію ієві"),
    "й": ("я", "ю єві еві", "я", "ем єм", "е ю і"),
    "ая": ("ой ай", "ой ай", "ую", "ой ою ай аю", "ой ай"),
    "яя": ("ей", "ей", "юю", "ей ею", "ей"),
    "ька": ("ької ьки", "ькій ьці", "ьку", "ькою", "ькій ьці"),
    "нка": ("нкі нки", "нку нці нцы нке", "нку", "нкам нкой нкою нкай", "нку нке нці нцы"),
    "га": ("ги гі", "ге зі зе", "гу", "гой гою гай гаю", "ге зі зе"),
    "ия": ("ии", "ии", "ию", "ией иею", "ии"),
    "ія": ("ії", "ії", "ію", "ією", "ії"),
    "ыя": ("ыі", "ыі", "ыю", "ыяй", "ыі"),
    "я": ("и і ї", "е і ї", "ю", "ей ею єю яй", "е і ї"),
    "а": ("ы и і ой ої ай", "е і ы ой ій ай", "у", "ой ою ей ею ай аю", "е і ы ой ій ай"),
    "ко": ("ка", "ку кові", "ка", "ком", "ку кові"),
    "о": ("а", "у ові", "а", "ом", "і ові"),
    "ь": ("я", "ю еві єві", "я", "ем", "е і ю"),
    "ец": ("ца", "цу цеві", "ца", "цом цем", "це ці"),
    "ел": ("ла", "лу", "ла", "лом", "ле"),
}
_AFTER_CONSONANT = ("а", "у ові", "а", "ом ем ым им ам", "е і ові у")
_LONGEST = max(map(len, _TABLE))


def is_cyrillic(word: str) -> bool:
    """Whether the folded word is Cyrillic throughout."""
    return not word.isascii() and _CYRILLIC_WORD.fullmatch(word) is not None


def has_cyrillic(text: str) -> bool:
    """Whether any Cyrillic letter is in the text."""
    return not text.isascii() and _CYRILLIC_WORD.search(text) is not None


def is_patronymic(word: str) -> bool:
    """Whether the folded word looks like a patronymic in any case; it may stand between given name and surname."""
    return _PATRONYMIC.fullmatch(word) is not None


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """One string for all forms of a folded word; at least two letters stay, all of a word too long for a name."""
    while len(word) <= _LONGEST_NAME:
        ending = next((ending for ending in _CONSONANT_ENDINGS if word.endswith(ending)), word[-1:])
        if len(word) - len(ending) < 2 or (len(ending) == 1 and ending not in _VOWELS):
            break
        word = word[: -len(ending)]
    return word[:-2] + word[-1] if len(word) > 3 and word.endswith(_FLEETING) else word


def agrees(name: tuple[str, ...], found: tuple[str, ...]) -> bool:
    """Whether the folded words found are the name in one case; its last word may stay as it is (Ангелы Меркель)."""
    if name == found:
        return True
    *given, surname = (forms(word) for word in name)
    return any(
        all(word in forms[case] for word, forms in zip(found, given, strict=False))
        and (found[-1] in surname[case] or (bool(given) and found[-1] == name[-1]))
        for case in range(5)
    )


@lru_cache(maxsize=65_536)
def forms(word: str) -> tuple[frozenset[str], ...]:
    """A folded word declined: genitive, dative, accusative, instrumental and prepositional, each with alternatives."""
    for length in range(min(_LONGEST, len(word) - 1), 0, -1):
        endings = _TABLE.get(word[-length:])
        if endings is not None:
            return _join(word[:-length], endings)
    if word[-1] in _VOWELS:
        return (frozenset([word]),) * 5
    return _join(word, _AFTER_CONSONANT)


def _join(root: str, endings: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(root + ending for ending in alternatives.split()) for alternatives in endings)
