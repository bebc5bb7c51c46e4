"""Credits: who took a picture, who reported, and the lines that carry them."""

import re

from pipeline.stages.clean.words import Sought

# Agencies by their own short forms, in capitals; spelled out, in any case.
_SHORT = r"\b(AP|AFP|EPA|EPA-EFE|EFE|DPA|ANSA|APA|CP|PA|UPI|TASS|RIA|ТАСС|РИА|УНІАН|УНИАН|NTB|TT|ANP|Belga|BelTA)\b"
_SPELLED = (
    r"\b(Associated Press|Reuters|Agence France-Presse|Getty( Images)?|Shutterstock|Canadian Press|Press Association|"
    r"picture[ -]alliance|imago|Keystone|Sputnik|Xinhua|Bloomberg|Anadolu|Alamy|iStock|Unsplash|Pixabay|Depositphotos|"
    r"РИА Новости|Рейтер|Укринформ|Укрінформ|Коммерсантъ|Pool|Handout|Wikimedia( Commons)?|رويترز|فرانس برس|الأناضول|"
    r"dpa|Flickr|Zuma( Press)?|NurPhoto|ABACA|SIPA|Hans Lucas|Ritzau|Scanpix|Lehtikuva)\b"
)
_AGENCY = re.compile(f"{_SHORT}|(?i:{_SPELLED})")
_LAST_PARENTHESES = re.compile(r"[(\[]([^()\[\]]{2,120})[)\]][.\s]*$")
# A photographer and a house, however little known: `Jane Doe/Any House`, `Any Agency via Any House`.
_CAPITALISED = r"[^\W\d_a-zа-яіїєґ][\w.'’-]*"
_NAMES = rf"{_CAPITALISED}(?:[ ,]+(?:{_CAPITALISED}|of|the|and|de|du|von|für|for|pour))*"
_BY_AND_HOUSE = re.compile(rf"^{_NAMES}\s*(/|,?\s+via\s)\s*{_NAMES}$")
_PHOTO_WORD = (
    r"(photos?|photographs?|photography|pictures?|images?|credits?|crédits?( photos?)?|fotos?|bild(er)?|bildquelle|"
    r"фото|фотография|фотографія|світлин[аи]|снимок|знімок|ілюстрація|иллюстрация|الصورة|صورة|تصوير|file photo|"
    r"illustration)"
)
_PHOTO_LINE = re.compile(rf"^{_PHOTO_WORD}\s*(by|:|/|©|par|von)", re.IGNORECASE)
_PHOTO_TAIL = re.compile(
    rf"([(\[|•·]|\s[–—-]\s|[.!?\"”»])\s*{_PHOTO_WORD}\s*(:|/|by\b|©)[^.!?]{{2,80}}$", re.IGNORECASE
)
_PHOTO_SIGN = re.compile(r"[:/©]|[bB][yY]")
"""Behind the word of what it is, in such a tail."""
ARCHIVE_TAIL = Sought(
    r"([.!?,(–—-]\s*|^\()(архивное фото|фото из архива|архів\w*|из архива|archivbild|archivfoto|symbolbild|symbolfoto|"
    r"file photo|photo d[’']archives?|archives|image d[’']illustration|أرشيف|أرشيفية|صورة أرشيفية)[.)\s]*$",
    re.IGNORECASE,
    needs=("arch", "photo", "ymbol", "llu", "арх", "ارش"),
)
_COPYRIGHT_TAIL = re.compile(r"©\s*[^.!?]{2,60}$")
_SLASH_TAIL = re.compile(r"[\w.’' -]{2,40}/\s?[\w.’' -]{2,40}$")
_REPORTING = re.compile(
    r"[(\[]?(additional |further |with )?(reporting|writing|editing|edited|translated|compiled|written|files?) "
    r"(by|from)\b.{2,300}$",
    re.IGNORECASE,
)
_REPORTING_IN_BRACKETS = re.compile(
    r"^[(\[](avec|mit material von|с использованием|по материалам|за матеріалами)\b.{2,120}[)\]]$"
    r"|^[(\[](reportage|rédigé|version française|bericht|geschrieben|репортаж|подготовил|підготував)\w* .{2,200}[)\]]$"
    r"|^[(\[][^\W\d_]{2,5}([/, ]+[^\W\d_]{2,8}){0,3}[)\]]\.?$"
    r"|^[^.!?:,]{3,60} [(\[](avec|mit|with|с|за участю)\b[^()]{2,60}[)\]]$",
    re.IGNORECASE,
)
_BRACKETS_END = (")", "]", ").", "].")
_CONTRIBUTED = re.compile(
    r"^.{2,200}\bcontributed (reporting\b|research\b|to this (report|story|article)\b).{0,60}$"
    r"|^.{2,200}\b(a|ont) contribué à (cet article|ce reportage)\b.{0,60}$",
    re.IGNORECASE,
)
_LONGEST_CAPTION, _LONGEST_CREDIT = 600, 130
_PHOTO_START = re.compile(rf"{_PHOTO_WORD}\b", re.IGNORECASE)
_PHOTO_AND_NAMES = re.compile(rf"(?i:{_PHOTO_WORD}) {_NAMES}")


def is_caption(line: str, words: str) -> bool:
    """The line, whose key is `words`, describes a picture: it names a photographer or agency where captions do."""
    if len(line) > _LONGEST_CAPTION:
        return False
    tail = line[-_LONGEST_CREDIT:]
    credit = _LAST_PARENTHESES.search(tail)
    if credit is not None and _is_picture_credit(credit.group(1)):
        return True
    if _PHOTO_LINE.match(line) or _ends_with_photo(tail) or _COPYRIGHT_TAIL.search(tail):
        return True
    if ARCHIVE_TAIL.is_in(tail, words) or _is_photo_and_names(line):
        return True
    slash = _SLASH_TAIL.search(tail) if "/" in tail else None
    return slash is not None and _AGENCY.search(slash.group()) is not None


def _ends_with_photo(tail: str) -> bool:
    """`… he said. (Photo: Jane Doe)`"""
    return _PHOTO_SIGN.search(tail) is not None and _PHOTO_TAIL.search(tail) is not None


def _is_photo_and_names(line: str) -> bool:
    """`Photo Jane Doe`, with no colon."""
    return len(line) <= _LONGEST_CREDIT and _PHOTO_AND_NAMES.fullmatch(line) is not None


def is_reporting_credit(line: str, words: str) -> bool:
    """The line, whose key is `words`, names who reported, edited or translated, and nothing else."""
    if _REPORTING.match(line):
        return True
    # Each of the others may be tried at many places; hardly any line is such that it could match.
    if line.endswith(_BRACKETS_END) and _REPORTING_IN_BRACKETS.match(line):
        return True
    return "contr" in words and _CONTRIBUTED.match(line) is not None


def _is_picture_credit(text: str) -> bool:
    """The words in a line's last parentheses: `Name/House`, `Name, Agency`, an agency alone, or `photo: Name`."""
    if _PHOTO_START.match(text) or _BY_AND_HOUSE.match(text):
        return True
    return _AGENCY.search(text) is not None and not text.endswith(("%", "said"))
