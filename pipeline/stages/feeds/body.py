"""A feed's bytes made ready for the parsers: UTF-8 without declaration, and no reference that an XML parser trips over.

The encoding, first that holds: a byte order mark (RFC 7303 §3.1), UTF-16 or UTF-32 by its zero bytes (XML 1.0 §F.1),
text that is valid UTF-8 beyond ASCII whatever is declared (no other encoding looks so by accident), the charset of the
Content-Type header, the declaration of the document, UTF-8.
"""

import re
from html.entities import html5

from resiliparse.parse.encoding import bytes_to_str, map_encoding_to_html5

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""Longest first."""
_WIDE = (
    (re.compile(rb"[<{\s]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\s]"), "utf-32-be"),
    (re.compile(rb"[<{\s]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{\s]\0[^\0]"), "utf-16-be"),
)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]+)""", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]{0,500}\?>\s*", re.IGNORECASE)
_DECLARED = re.compile(rb"""encoding\s*=\s*["']\s*([\w.:+-]+)""", re.IGNORECASE)
_ESCAPING = frozenset({"utf-7", "hz-gb-2312", "iso-2022-jp", "iso-2022-kr", "iso-2022-cn"})
"""Their text is ASCII bytes, so that it passes for UTF-8."""

_NO_XML_CHARACTER = bytes(byte for byte in range(32) if byte not in b"\t\n\r")
_SECTION = b"<![CDATA["
_SECTION_END = b"]]>"
_BARE_AMPERSAND = re.compile(rb"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)")
_FOREIGN_NAME = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*);")


def to_utf8(body: bytes, content_type: str | None) -> bytes:
    """The body in UTF-8 without mark, XML declaration and control characters; undecodable bytes become U+FFFD."""
    encoding, mark = _encoding(body, content_type)
    content = body[len(mark) :]
    if encoding != "utf-8":
        content = _decode(content, encoding).encode("utf-8", "replace")
    content = content.translate(None, _NO_XML_CHARACTER)
    declaration = _DECLARATION.match(content)
    return content[declaration.end() :] if declaration else content.lstrip()


def repair(content: bytes) -> bytes:
    """UTF-8 XML with its references mended outside CDATA sections: HTML's named characters written out, bare
    ampersands and unknown names escaped. Linear in its input; no entity of the document's own is left to expand."""
    first, *sections = content.split(_SECTION)
    parts = [_mend(first)]
    for section in sections:
        text, _end, rest = section.partition(_SECTION_END)
        parts += [_SECTION, text, _SECTION_END, _mend(rest)]
    return b"".join(parts)


def _encoding(body: bytes, content_type: str | None) -> tuple[str, bytes]:
    """The encoding's name, and the byte order mark to cut off."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name, mark
    for pattern, name in _WIDE:
        if pattern.match(body):
            return name, b""
    declared = _declared(body, content_type)
    return "utf-8" if _is_utf8(body) and declared not in _ESCAPING else declared, b""


def _declared(body: bytes, content_type: str | None) -> str:
    in_header = _CHARSET.search(content_type or "")
    if in_header and in_header.group(1).lower() != "us-ascii":
        return in_header.group(1).lower()
    declaration = _DECLARATION.match(body)
    in_prolog = _DECLARED.search(declaration.group()) if declaration else None
    return in_prolog.group(1).decode("ascii", "replace").lower() if in_prolog else "utf-8"


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode(content: bytes, encoding: str) -> str:
    """Labels as browsers read them (ISO-8859-1 is windows-1252), Python's codecs for the others, UTF-8 for none."""
    known = map_encoding_to_html5(encoding, fallback_utf8=False)
    if known and not encoding.startswith(("utf-16", "utf-32")):
        return str(bytes_to_str(content, known, errors="replace"))
    try:
        return content.decode(encoding, "replace")
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace")


def _mend(markup: bytes) -> bytes:
    return _FOREIGN_NAME.sub(_character, _BARE_AMPERSAND.sub(b"&amp;", markup)) if b"&" in markup else markup


def _character(match: re.Match[bytes]) -> bytes:
    character = html5.get(f"{match.group(1).decode()};")
    if character is None:
        return b"&amp;" + match.group()[1:]
    return character.encode().replace(b"&", b"&amp;").replace(b"<", b"&lt;")
