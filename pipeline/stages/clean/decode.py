"""A body's bytes as text, the text as markup a parser takes, and the bodies that are no page at all."""

import codecs
import re
from dataclasses import dataclass
from email.message import Message

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# First bytes by https://mimesniff.spec.whatwg.org/ §6 and §7, and of the formats news sites link to.
_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"RIFF", "RIFF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x7fELF", "ELF"),
    (b"\xd0\xcf\x11\xe0", "OLE"),
    (b"ID3", "MP3"),
    (b"OggS", "Ogg"),
    (b"\x00\x00\x00", "binary"),
    (b"{\\rtf", "RTF"),
)
_TEXTUAL = re.compile(r"text/(?!calendar|css|csv|javascript|plain)|application/(xhtml\+xml|vnd\.wap\.xhtml\+xml)")
_FEED = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.{0,2000}?-->\s*)*<(rss|feed|rdf:RDF|urlset|sitemapindex|svg)\b", re.S)
_TAG = re.compile(rb"<(!doctype\s+html|html|head|body|title|meta|p|div|article|table|h1|br|a|span|script)\b", re.I)
_SNIFFED_BYTES = 4096
# Bytes no text holds (https://mimesniff.spec.whatwg.org/ §3, "binary data byte", without form feed and escape) and XML
# cannot carry; what separates words becomes space.
_NO_TEXT_BYTES = bytes({*range(9), *range(0x0E, 0x20)})
_SPACES = bytes.maketrans(b"\x0b\x0c", b"  ")
# Random and compressed bytes have 11 % of the first kind. 181 public news pages have none, and at most 0.04 % of the
# second (icons in private use).
_MOST_BINARY = 0.05
_NO_TEXT = re.compile("[\ufffd\ue000-\uf8ff]")
_SAMPLED_CHARACTERS = 20_000
# Of every second byte, in the first that are sniffed; of the others, hardly any.
_LEAST_ZEROS, _ZEROS_ELSEWHERE = 0.1, 0.1
_WINDOWS_BESIDE = {
    "iso8859-1": "cp1252",
    "iso8859-2": "cp1250",
    "iso8859-5": "cp1251",
    "iso8859-7": "cp1253",
    "iso8859-13": "cp1257",
}
_C1 = re.compile("[\x80-\x9f]")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")


def refused_kind(body: bytes, content_type: str | None) -> str | None:
    """What the body is when it is no HTML; None when it is, or may be."""
    start = body[:_SNIFFED_BYTES].lstrip(b" \t\r\n")
    for magic, kind in _MAGIC:
        if start.startswith(magic) and not (kind == "binary" and start[3:4] == b"<"):
            return kind
    if _FEED.match(start):
        return "XML"
    declared, _ = _read_content_type(content_type)
    if declared is not None and _TEXTUAL.match(declared):
        return None
    # Servers mislabel pages, and some label nothing: tags speak for themselves, NULs of UTF-16 left out.
    if _TAG.search(start.replace(b"\x00", b"")) or not start:
        return None
    return declared or "no tags"


def decode(body: bytes, content_type: str | None) -> str:
    """The body as text; what cannot be read is U+FFFD. The first that holds:

    1. A byte order mark (https://encoding.spec.whatwg.org/ §6: it outweighs any label).
    2. UTF-16 and ISO-2022-JP as their bytes show them: such bytes are valid UTF-8, too, and mean something else there.
    3. The HTTP charset, where bytes of ASCII range may mean something else (UTF-16, ISO-2022).
    4. Strict UTF-8: text of another encoding is hardly ever valid by chance, and labels left at a server's default
       are common.
    5. The HTTP charset, if the bytes are valid in it; then the page's own `meta` or a guess by the bytes. Korean is
       never guessed, so it is tried. ISO 8859 that gives control characters was the Windows code page beside it.
    6. UTF-8 where few letters are broken, else Windows-1252.
    """
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(marked, "replace")
    _, charset = _read_content_type(content_type)
    declared = map_encoding_to_html5(charset, False) if charset is not None else None
    first = declared if declared is not None and declared.startswith(("utf-16", "iso2022", "iso-2022")) else None
    for name in (_shown_encoding(body), first, "utf-8", declared):
        text = _strictly(body, name)
        if text is not None:
            return text
    text = _guess(body)
    return text if text is not None else _repair(body)


@dataclass(frozen=True, slots=True)
class Markup:
    """A text as a parser takes it: UTF-8, no control characters (XML 1.0 §2.2; libxml2 ends a document at NUL)."""

    utf8: bytes
    controls: int
    """Control characters left out."""


def markup(html: str) -> Markup:
    """The text as a parser takes it."""
    encoded = html.encode("utf-8", "replace")
    utf8 = encoded.translate(_SPACES, _NO_TEXT_BYTES)
    return Markup(utf8, controls=len(encoded) - len(utf8))


def is_binary(html: str, controls: int) -> bool:
    """The body was no text, whatever it was declared as: control characters, or unreadable ones, are all over it."""
    sample = html[:_SAMPLED_CHARACTERS]
    unread = 0 if sample.isascii() else len(_NO_TEXT.findall(sample))
    return controls > _MOST_BINARY * len(html) or unread > _MOST_BINARY * len(sample)


def _shown_encoding(body: bytes) -> str | None:
    """UTF-16 by zeros in every second place, ISO-2022-JP by its escape sequences."""
    start = body[:_SNIFFED_BYTES]
    if b"\x1b" in body and _ISO_2022_JP.search(body) and body.isascii():
        return "iso2022_jp"
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) < _LEAST_ZEROS * len(start) / 2 or min(even, odd) > _ZEROS_ELSEWHERE * max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _read_content_type(value: str | None) -> tuple[str | None, str | None]:
    """The lower-case media type and the charset of a Content-Type header (RFC 9110 §8.3)."""
    if value is None or not value.strip():
        return None, None
    message = Message()
    message["content-type"] = " ".join(value.split())
    charset = message.get_param("charset")
    return message.get_content_type(), charset if isinstance(charset, str) else None


def _guess(body: bytes) -> str | None:
    text = _strictly(body, detect_encoding(body, from_html_meta=True))
    if text is None and (korean := _strictly(body, "cp949")) is not None:
        others = [letter for letter in korean[:_SAMPLED_CHARACTERS] if letter > "\x7f"]
        return korean if sum("가" <= letter <= "힣" for letter in others) > len(others) / 2 else None
    return text


def _strictly(body: bytes, encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        text = body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    beside = _WINDOWS_BESIDE.get(encoding)
    return _strictly(body, beside) or text if beside is not None and _C1.search(text) else text


def _repair(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    letters = sum(letter > "\x7f" for letter in text)
    # One broken letter in twenty is damage; more is another encoding.
    return text if text.count("\ufffd") * 20 <= letters else body.decode("cp1252", "replace")
