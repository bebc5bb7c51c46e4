"""A body's bytes as text, and the bodies that are no page at all."""

import codecs
import re
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
    2. The HTTP charset, where bytes of ASCII range may mean something else (UTF-16, ISO-2022).
    3. Strict UTF-8: text of another encoding is hardly ever valid by chance, and labels left at a server's default
       are common.
    4. The HTTP charset, if the bytes are valid in it; then the page's own `meta` or a guess by the bytes.
    5. UTF-8 where few letters are broken, else Windows-1252.
    """
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(marked, "replace")
    _, charset = _read_content_type(content_type)
    declared = map_encoding_to_html5(charset, False) if charset is not None else None
    first = [declared] if declared is not None and declared.startswith(("utf-16", "iso2022", "iso-2022")) else []
    for name in (*first, "utf-8", declared):
        text = _strictly(body, name)
        if text is not None:
            return text
    text = _strictly(body, detect_encoding(body, from_html_meta=True))
    return text if text is not None else _repair(body)


def _read_content_type(value: str | None) -> tuple[str | None, str | None]:
    """The lower-case media type and the charset of a Content-Type header (RFC 9110 §8.3)."""
    if value is None or not value.strip():
        return None, None
    message = Message()
    message["content-type"] = " ".join(value.split())
    charset = message.get_param("charset")
    return message.get_content_type(), charset if isinstance(charset, str) else None


def _strictly(body: bytes, encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _repair(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    letters = sum(letter > "\x7f" for letter in text)
    # One broken letter in twenty is damage; more is another encoding.
    return text if text.count("\ufffd") * 20 <= letters else body.decode("cp1252", "replace")
