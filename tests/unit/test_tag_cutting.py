"""Texts cut by the compiled kernel and by the patterns: the same pieces, whatever the text.

`FUZZ_S=600 FUZZ_SEED=7 make sanitize` goes on for ten minutes from another start.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from random import Random
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.tag.cutting import compiled, plain
from pipeline.stages.tag.cutting._kernel import Cutter
from pipeline.stages.tag.cutting.pieces import Kind, Term, Token, Word
from pipeline.stages.tag.cutting.table import page

STOPS = frozenset(("the", "of", "and", "d", "l", "s", "и", "на", "ﬁ"))
LANGUAGES = (None, "en", "fr", "ru", "uk", "de", "ar", "zh")
# What the rules are about, in many scripts; and what is hardly a letter.
PIECES = (
    *("Ann", "ann", "ANN", "a", "A", "J.", "J.K.", "J.K.Rowling", "St", "no", "U.S.", "i.e", "x_y", "_", "AT&T", "1st"),
    *(
        "D’Alema",
        "l’Oréal",
        "dell'Acqua",
        "qu’il",
        "d'",
        "al-Assad",
        "ash-Sharq",
        "People’s",
        "Ann's",
        "workers’",
        "'s",
    ),
    *("12", "1,200", "1.200,5", "1 200", "1\u202f200", "12 345 678", "1234 567", "2024-05-06", "12024-05-06", "10:30"),
    *("3/4", "2'5", "1-2", "٢٫٥", "٣٬٠٠٠", "１２", "२०२६", "½", "²", "Ⅷ", "5.", "5,", "-5", "−5", "٪", "𝟙𝟚", "1."),
    *(
        "http://x.y/z",
        "https://a",
        "www.b.c",
        "@c",
        "a@b.c",
        "＠d",
        "x" * 64 + "@y",
        "x" * 65 + "@y",
        "://",
        "ww.",
        "www",
    ),
    *("Зеленский", "п'ять", "п’ять", "пʼять", "ЁЛКА", "Straße", "ﬁnance", "İstanbul", "ŉ", "Æ", "ǅ", "ß", "long" * 11),
    *("蔡英文", "京都", "ガギ", "สวัสดี", "မြန်မာ", "서울", "مُحَمَّد", "محـمد", "שָׁלוֹם", "हिन्दी", "Ωμέγα", "ა", "Ა"),
    *(
        "re\u00adport",
        "\u00ad",
        "a\u200bb",
        "a\u200db",
        "\u0301",
        "e\u0301",
        "\ufeff",
        "\ufe0f",
        "\U000e0100",
        "\u0640",
    ),
    *(
        "\0",
        "x\0y",
        "\ud800",
        "\udfffx",
        "\U0010ffff",
        "\U00020000",
        "\U0001d400b",
        "😀",
        "Ⓐ",
        "ʼ",
        "＇",
        "’",
        "'",
        "&",
        "/",
    ),
    *(".", ". ", "! ", "…", "“", "”", '"', "«", "•", "|", ":", "(", ")", "$", "€", "№", "—", "-", "‑", "‐", ",", ";"),
)
BETWEEN = (
    " ",
    " ",
    " ",
    "",
    ", ",
    ". ",
    "'s ",
    "’s ",
    "-",
    "\n",
    "\r\n",
    "\r",
    "\x85",
    "\u2028",
    "\x1c",
    "\t",
    "\u00a0",
    "\u202f",
    "\u3000",
    "  ",
)


def _same(text: str, language: str | None) -> None:
    assert compiled.squeezed(text) == plain.squeezed(text)
    assert compiled.origins(text) == plain.origins(text)
    assert compiled.words(text) == plain.words(text)
    assert compiled.tokens(text, language) == plain.tokens(text, language)
    assert compiled.terms(text, STOPS) == plain.terms(text, STOPS)


TEXTS = st.one_of(
    st.lists(st.sampled_from((*PIECES, *BETWEEN)), max_size=40).map("".join),
    st.text(st.characters(exclude_categories=()), max_size=100),
    st.text(st.characters(max_codepoint=0x2FF), max_size=100),
)


@settings(max_examples=500, deadline=None)
@given(TEXTS, st.sampled_from(LANGUAGES))
def test_the_kernel_cuts_as_the_patterns_do(text: str, language: str | None) -> None:
    _same(text, language)


def test_the_kernel_cuts_random_texts_as_the_patterns_do() -> None:
    random = Random(int(os.environ.get("FUZZ_SEED", "1")))
    end, rounds = monotonic() + float(os.environ.get("FUZZ_S", "0")), 0
    while rounds < 500 or monotonic() < end:
        count = random.randrange(1, 60)
        text = "".join(random.choice(PIECES) + random.choice(BETWEEN) for _ in range(count))
        if random.random() < 0.3:
            text = "".join(chr(random.randrange(0x110000)) if random.random() < 0.1 else sign for sign in text)
        _same(text, random.choice(LANGUAGES))
        rounds += 1


@pytest.mark.parametrize(
    "first", [*range(0x00, 0x34, 4), 0xA4, 0xD4, 0xF8, 0xFC, 0x100, 0x118, 0x1D0, 0x1D4, 0x1F4, 0xE00]
)
def test_every_sign_is_of_the_classes_that_the_patterns_say(first: int) -> None:
    signs = [chr(code) for code in range(first * 256, (first + 4) * 256)]
    _same(" ".join(f"A{sign}b {sign} 1{sign}2 B{sign} {sign}ab'{sign}" for sign in signs), "ru")


CUT: dict[str, Callable[[str], list[str]]] = {
    "words": lambda text: [word.text for word in compiled.words(text)],
    "tokens": lambda text: [token.text for token in compiled.tokens(text, "fr")],
    "terms": lambda text: [term.text for term in compiled.terms(text, STOPS)],
}
PARTS = {
    "nothing": ("", "words", []),
    "initials": ("J.K. Rowling met A. B", "words", ["J.K.", "Rowling", "met", "A", "B"]),
    "elision and possessive": ("L’Oréal l’Oréal's", "words", ["L’Oréal", "Oréal"]),
    "underscores": ("a_b", "words", ["a", "b"]),
    "numbers": ("1 200 et 2024-05-06", "tokens", ["1 200", "et", "2024-05-06"]),
    "links": ("a b@c.d e\nwww.x 5", "tokens", ["a", "e", "\n", "5"]),
    "an apostrophe between letters": ("l'eau '", "tokens", ["l", "eau", "'"]),
    "an apostrophe that begins a text": ("'eau", "tokens", ["'", "eau"]),
    "stop words": ("the end of non-lethal aid", "terms", ["end", "non-lethal", "aid"]),
}


@pytest.mark.parametrize(("text", "how", "parts"), PARTS.values(), ids=PARTS.keys())
def test_a_text_is_cut_into(text: str, how: str, parts: list[str]) -> None:
    assert CUT[how](text) == parts
    _same(text, "fr")


# ---- what the kernel is handed ----

SPAN = (0, 1, False)
UNSOUND: dict[str, tuple[type[Exception], Callable[[Cutter], object]]] = {
    "pieces that are no tuples": (TypeError, lambda cutter: cutter.words("a", object, plain.bare, plain.judge)),  # type: ignore[arg-type]
    "a text that is none": (TypeError, lambda cutter: cutter.squeezed(b"a")),  # type: ignore[arg-type]
    "a word that ends behind its end": (
        ValueError,
        lambda cutter: cutter.words("a-b", Word, lambda *_: (0, 9, False), plain.judge),
    ),
    "a word that begins before its start": (
        ValueError,
        lambda cutter: cutter.words(" a-b", Word, lambda *_: SPAN, plain.judge),
    ),
    "a word of no two ends": (SystemError, lambda cutter: cutter.words("a-b", Word, lambda *_: None, plain.judge)),  # type: ignore[arg-type, return-value]
    "a judgement that is none": (TypeError, lambda cutter: cutter.words("A. B", Word, plain.bare, lambda *_: ())),  # type: ignore[arg-type, return-value]
    "a number without an end": (ValueError, lambda cutter: _tokens(cutter, "1.5", lambda *_: 0)),
    "a number that ends behind its line": (ValueError, lambda cutter: _tokens(cutter, "1.5\n2", lambda *_: 5)),
    "a number that ends at no place": (TypeError, lambda cutter: _tokens(cutter, "1.5", lambda *_: "x")),
    "a line that cannot be cut": (ZeroDivisionError, lambda cutter: _tokens(cutter, "a\nb@c", lambda *_: 1 // 0)),
    "a line of no tokens": (TypeError, lambda cutter: _tokens(cutter, "a\nb@c", lambda *_: 1)),
    "stop words in a list": (TypeError, lambda cutter: cutter.terms("word", Term, [], plain.compound, (3, 40))),  # type: ignore[arg-type]
    "a word of several that is no term": (
        TypeError,
        lambda cutter: cutter.terms("a-b", Term, STOPS, lambda *_: 1, (3, 40)),
    ),  # type: ignore[arg-type, return-value]
}


def _tokens(cutter: Cutter, text: str, tell: Callable[..., object]) -> list[Token]:
    return cutter.tokens(text, Token, tuple(Kind), (False, False, tell, tell))  # type: ignore[arg-type]


@pytest.mark.parametrize(("error", "cut"), UNSOUND.values(), ids=UNSOUND.keys())
def test_what_is_unsound_is_refused(error: type[Exception], cut: Callable[[Cutter], object]) -> None:
    cutter = Cutter(page)
    with pytest.raises(error):
        cut(cutter)
    assert cutter.squeezed("Ä") == "a", "it goes on"


@pytest.mark.parametrize("told", [b"", b"\0" * 2047, None, "x" * 2048])
def test_a_page_that_is_none_is_refused(told: object) -> None:
    cutter = Cutter(lambda _: told)  # type: ignore[arg-type, return-value]
    for _ in range(2):
        with pytest.raises((ValueError, TypeError)):
            cutter.words("a", Word, plain.bare, plain.judge)


def test_what_is_asked_may_cut_texts_itself() -> None:
    def fill(number: int) -> bytes:
        asked.append(number)
        if len(asked) < 3:
            cutter.squeezed("aя")  # which asks for another page, and for the one that is being filled
        return page(number)

    asked: list[int] = []
    cutter = Cutter(fill)
    assert cutter.squeezed("Я") == "я"
    assert asked == [4, 0, 0, 4]
    nested = cutter.words(
        "A-B c",
        Word,
        lambda *span: len(cutter.words("x y", Word, plain.bare, plain.judge)) and plain.bare(*span),
        plain.judge,
    )
    assert nested == plain.words("A-B c")


@pytest.mark.parametrize(
    "kernel", ["None", 'types.SimpleNamespace(VERSION="older")'], ids=["not built", "of other sources"]
)
def test_without_the_kernel_the_patterns_cut(kernel: str) -> None:
    code = (
        f"import sys, types; sys.modules['pipeline.stages.tag.cutting._kernel'] = {kernel}\n"
        "from pipeline.stages.tag import IS_BUILT, cutting\n"
        "assert not IS_BUILT and cutting.words.__module__ == 'pipeline.stages.tag.cutting.plain'\n"
        "print(len(cutting.words('Ann said so')), cutting.squeezed('É'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("3 e\n", "")


def test_each_letter_of_a_squeezed_text_is_found_again() -> None:
    text = "  Ann-Marie\u00ad  O’Bri\u00aden, Ёлка "
    found = memoryview(compiled.origins(text)).cast("I").tolist()
    assert compiled.squeezed(text) == "ann marie o brien елка"
    assert [text[place] for place in found] == list("AnnMMarieOOBBrienЁЁлка")
