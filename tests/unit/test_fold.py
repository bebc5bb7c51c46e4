"""Folding keeps length, and makes equal what readers take for the same word."""

import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.text.fold import FILLER, fold, tokens, word, words

EQUAL = {
    "case": ("Minsk", "MINSK"),
    "Latin accents": ("Orbán Škoda naïve", "orban skoda naive"),
    "Vietnamese, two accents on a letter": ("Nguyễn Phú Trọng", "nguyen phu trong"),
    "Greek accents and final sigma": ("Μητσοτάκης", "ΜΗΤΣΟΤΑΚΗΣ"),
    "stroked letters": ("Łódź Øresund Đoković Ħamrun", "lodz oresund dokovic hamrun"),
    "Turkish i": ("İstanbul Diyarbakır", "istanbul diyarbakir"),
    "yo": ("Горбачёв", "горбачев"),
    "stress mark on a Cyrillic letter": ("Зеле\u0301нский", "зеленский"),
    "soft hyphen": ("Donau\u00addampf", "Donaudampf"),
    "zero-width joiners": ("می\u200cخواهم", "میخواهم"),
    "direction marks": ("\u200fעברית\u200e", "עברית"),
    "apostrophes": ("d'Arc d’Arc dʼArc", "d Arc d Arc d Arc"),
    "Ukrainian apostrophes": ("п'ять п’ять пʼять", "п ять п ять п ять"),
    "hyphens": ("COVID‑19 non-lethal", "COVID-19 non–lethal"),
    "dots": ("U.S. St. Petersburg", "u s  st  petersburg"),
    "full-width forms": ("ＡＢＣ１２３", "abc123"),
    "half-width kana": ("ｶﾅ", "カナ"),
    "digits of other scripts": ("٢٠٢٦ २०२६", "2026 2026"),
    "Arabic vowel marks": ("مُحَمَّد", "محمد"),
    "tatweel": ("محـــمد", "محمد"),
    "alef with hamza": ("أحمد إيران آل", "احمد ايران ال"),
    "Persian yeh and kaf": ("\u06a9\u06cc", "\u0643\u064a"),
    "Hebrew points": ("שָׁלוֹם", "שלום"),
    "sharp s": ("Straße", "STRASSE"),
    "ligatures": ("Cæsar œuvre ﬁnance", "caesar oeuvre finance"),
    "lam-alef ligature": ("\ufefb", "لا"),
}
DIFFERENT = {
    "short i": ("й", "и"),
    "yi": ("ї", "і"),
    "short u": ("ў", "у"),
    "ghe with upturn": ("ґ", "г"),
    "ye": ("є", "е"),
    "Devanagari vowel signs": ("कि", "की"),
    "kana with voice mark": ("ガ", "カ"),
    "zero-width space divides": ("ab\u200bcd", "abcd"),
}
TOKENS = {
    "words": ("Minsk, Belarus.", ["Minsk", "Belarus"]),
    "possessive": ("Lukashenko’s", ["Lukashenko", "s"]),
    "ideographs": ("蔡英文 said", ["蔡", "英", "文", "said"]),
    "kana": ("カタカナ", ["カ", "タ", "カ", "ナ"]),
    "ideographs beside Latin": ("EU加盟", ["EU", "加", "盟"]),
    "Thai letters keep their marks": ("กี่ก", ["กี่", "ก"]),
    "filler at the edge is outside": ("\u00adab\u00adcd\u00ad e", ["ab\u00adcd", "e"]),
    "Hangul by spaces": ("서울 시청", ["서울", "시청"]),
    "Hindi words whole": ("हिन्दी समाचार", ["हिन्दी", "समाचार"]),
    "only punctuation": ("—!? €", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("left", "right"), EQUAL.values(), ids=EQUAL.keys())
def test_spellings_readers_take_for_one_have_the_same_words(left: str, right: str) -> None:
    assert words(left) == words(right) != ()


@pytest.mark.parametrize(("left", "right"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_letters_stay_different(left: str, right: str) -> None:
    assert words(left) != words(right)


@pytest.mark.parametrize(("text", "expected"), TOKENS.values(), ids=TOKENS.keys())
def test_tokens_cut_the_original(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in tokens(fold(text))] == expected


def test_every_code_point_folds_to_one_that_folds_to_itself() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    folded = fold(every)
    assert len(folded) == len(every)
    assert fold(folded) == folded


def test_folded_text_holds_only_letters_numbers_marks_spaces_and_fillers() -> None:
    kinds = {unicodedata.category(character)[0] for character in set(fold("".join(map(chr, range(0x30000)))))}
    assert kinds <= {"L", "N", "M", "Z", "C"}
    assert {c for c in set(fold("".join(map(chr, range(0x3000))))) if not c.isalnum()} >= {" ", FILLER}


@given(st.text())
def test_folding_keeps_length_and_is_idempotent(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


@given(st.text())
def test_tokens_are_in_order_apart_and_hold_no_space(text: str) -> None:
    folded = fold(text)
    spans = tokens(folded)
    assert all(start < end and " " not in folded[start:end] for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    covered = {place for start, end in spans for place in range(start, end)}
    assert all(character in {" ", FILLER} for place, character in enumerate(folded) if place not in covered)


@given(st.text())
def test_words_of_words_are_the_same_words(text: str) -> None:
    assert all(words(one) == (one,) for one in words(text) if one)


def test_a_word_without_fillers_is_itself() -> None:
    assert word("minsk") == "minsk"
