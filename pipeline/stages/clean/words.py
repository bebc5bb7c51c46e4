"""Comparing what people read: texts tidied, and keys that are equal for texts of the same words."""

import re
from unicodedata import combining, normalize

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"[^\S\n]+")
_BREAK = re.compile(r" ?\n[ \n]*")
# Unseen characters that only tell a browser where it may break a word, and what no text may carry (XML 1.0 §2.2).
_UNSEEN = re.compile(r"[\u00ad\u200b\u2060\ufeff\ufffe\uffff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def tidy(text: str) -> str:
    """The text in NFC, runs of space as one, one paragraph a line, without unseen characters."""
    plain = _UNSEEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return normalize("NFC", _BREAK.sub("\n", _SPACE.sub(" ", plain.replace("\u2029", "\n")))).strip()


def on_one_line(text: str) -> str:
    """The text tidied, without line breaks."""
    return tidy(text).replace("\n", " ")


def key(text: str) -> str:
    """The text's words, one space between them, case and accents ignored; "" for a text without words."""
    if text.isascii():
        return " ".join(_WORD.findall(text.lower()))
    letters = (letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
    return " ".join(_WORD.findall("".join(letters)))


def count(text: str) -> int:
    """How many words."""
    return len(_WORD.findall(text))
