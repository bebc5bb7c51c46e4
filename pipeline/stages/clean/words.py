"""Comparing what people read: texts tidied, and keys that are equal for texts of the same words."""

import re
from collections.abc import Iterable
from unicodedata import normalize

from lxml.html import HtmlElement

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"[^\S\n]+")
# Combining marks of Latin, Greek and Cyrillic, Hebrew points, Arabic vowel signs.
_ACCENT = re.compile(
    r"[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]+"
)
_BREAK = re.compile(r" ?\n[ \n]*")
# What `str.split` takes for space and `tidy` leaves out.
_UNSEEN_SPACE = re.compile(r"[\x0b\x0c\x1c-\x1f]")
# What is in no word, and often all that is not ASCII in a text.
_SIGNS = "’‘“”—–…\u00a0"
# ASCII as its keys have it: letters in lower case, and space for what is in no word.
_PLAIN = {code: chr(code).lower() if _WORD.match(chr(code)) else " " for code in range(128)}
# Unseen characters that only tell a browser where it may break a word, and what no text may carry (XML 1.0 §2.2).
_UNSEEN = re.compile(r"[\u00ad\u200b\u2060\ufeff\ufffe\uffff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def tidy(text: str) -> str:
    """The text in NFC, runs of space as one, one paragraph a line, without unseen characters."""
    if text.replace("\n", " ").isprintable():
        # The only space beside line breaks is U+0020, and nothing is unseen.
        tidied = "\n".join(filter(None, map(_spaced, text.split("\n"))))
        return tidied if tidied.isascii() else normalize("NFC", tidied)
    plain = _UNSEEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return normalize("NFC", _BREAK.sub("\n", _SPACE.sub(" ", plain.replace("\u2029", "\n")))).strip()


def _spaced(line: str) -> str:
    return " ".join(line.split()) if "  " in line else line.strip()


def on_one_line(text: str) -> str:
    """The text tidied, without line breaks."""
    one = " ".join(text.split())
    if one.isprintable() and _UNSEEN_SPACE.search(text) is None:
        return one if one.isascii() else normalize("NFC", one)
    return tidy(text).replace("\n", " ")


def key(text: str) -> str:
    """The text's words, one space between them, case and accents ignored; "" for a text without words."""
    if not text.isascii():
        for sign in _SIGNS:
            text = text.replace(sign, " ")
    if text.isascii():
        return " ".join(text.translate(_PLAIN).split())
    return " ".join(_WORD.findall(_ACCENT.sub("", normalize("NFKD", text.casefold()))))


def text_of(element: HtmlElement) -> str:
    """All text inside the element: most hold no others, and theirs needs no walk."""
    return element.text_content() if len(element) else element.text or ""


class Keys(dict[str, str]):
    """The keys of one page's texts, each made once: the same paragraphs are compared in several steps."""

    def __missing__(self, text: str) -> str:
        self[text] = found = key(text)
        return found


class Sought:
    """A pattern searched for only in texts that hold one of the words it cannot do without.

    Hardly any text does, and a search tries the pattern at each of a text's letters: looking for the words costs a
    twentieth of that.
    """

    def __init__(self, pattern: str, flags: int = 0, *, needs: tuple[str, ...]) -> None:
        """The key of each match of the pattern holds one of `needs`."""
        self.pattern = re.compile(pattern, flags)
        self.needs = needs

    def is_in(self, text: str, words: str) -> bool:
        """The pattern is found in the text, whose key, or that of a text round it, is `words`."""
        return any(map(words.__contains__, self.needs)) and self.pattern.search(text) is not None


def keys_of(texts: Iterable[str | None]) -> frozenset[str]:
    """Keys of those texts that have words."""
    return frozenset(key(text) for text in texts if text) - {""}


def count(text: str) -> int:
    """How many words."""
    return len(_WORD.findall(text))


def length(text: str) -> int:
    """How many characters, spaces left out."""
    return len("".join(text.split()))
