"""Bytes to text: the right letters in every encoding pages are still served in, and no bytes taken for a page."""

import gzip
import random
import struct
import zlib
from dataclasses import replace

import pytest

from pipeline.stages.clean import clean
from pipeline.stages.outcome import Drop, DropReason, Emit
from tests.samples import raw_page

RUSSIAN = "Премьер-министр встретился с послами; о цене газа они говорили до ночи, о хлебе — ни слова."
CHINESE = "北京时间周二，政府宣布将于下个月开始实施新的规定，记者从多个部门获悉。"
JAPANESE = "政府は火曜日、来月から新しい規則を実施すると発表した。首相は記者団に説明した。"
FRENCH = "Le président Jéàn Müller a déclaré à l’Élysée que « tout va bien » – à suivre."
POLISH = "Żółta łódź odpłynęła z Gdańska, choć prognoza ostrzegała przed sztormem na Bałtyku."
ARABIC = "أعلنت البلدية يوم الخميس تقنين مياه الشرب في الأحياء المرتفعة ساعتين كل يوم."
GREEK = "Ο δήμαρχος ανακοίνωσε ότι το λιμάνι θα μείνει κλειστό ως την Παρασκευή."
ENGLISH = "The mayor of Malmö told reporters that nothing would change before the winter, and left. "

CASES = {
    "windows-1252": ("cp1252", FRENCH),
    "windows-1252, two letters of it": ("cp1252", ENGLISH + "“No,” she said. " + ENGLISH),
    "iso-8859-1": ("iso8859-1", FRENCH.replace("’", "'").replace("–", "-")),
    "windows-1250": ("cp1250", POLISH),
    "windows-1251": ("cp1251", RUSSIAN),
    "koi8-r": ("koi8-r", RUSSIAN.replace("—", "-")),
    "iso-8859-5": ("iso8859-5", RUSSIAN.replace("—", "-")),
    "windows-1256": ("cp1256", ARABIC),
    "windows-1253": ("cp1253", GREEK),
    "gb18030": ("gb18030", CHINESE),
    "big5": ("big5", "台北市政府星期二宣布，下個月起開始實施新的規定，記者從多個部門得知。"),
    "shift_jis": ("shift_jis", JAPANESE),
    "euc-jp": ("euc-jp", JAPANESE),
    "iso-2022-jp": ("iso2022_jp", JAPANESE),
    "euc-kr": ("euc-kr", "정부는 다음 달부터 새로운 규정을 시행한다고 화요일에 발표했다. 총리가 직접 설명했다."),
    "utf-16 with mark": ("utf-16", RUSSIAN),
    "utf-16-le": ("utf-16-le", RUSSIAN),
    "utf-16-be": ("utf-16-be", FRENCH),
    "utf-16-le, kana": ("utf-16-le", JAPANESE),
    "utf-32 with mark": ("utf-32", RUSSIAN),
    "utf-8": ("utf-8", RUSSIAN),
    "utf-8 with mark": ("utf-8-sig", CHINESE),
}


def html(text: str, *, head: str = "") -> str:
    """A page that holds the text four times."""
    body = f"<p>{text} {text} {text}</p>" * 4
    return f"<html><head>{head}<title>{text[:30]}</title></head><body><article>{body}</article></body></html>"


def text_of(body: bytes, content_type: str | None) -> str:
    """The article's text."""
    outcome = clean(replace(raw_page(body=body), content_type=content_type))
    assert isinstance(outcome, Emit), outcome
    return outcome.records[0].text


@pytest.mark.parametrize(("encoding", "text"), CASES.values(), ids=CASES)
@pytest.mark.parametrize(
    "content_type", ["text/html", "text/html; charset=utf-8", None], ids=["undeclared", "declared UTF-8", "no type"]
)
def test_letters_are_right_whatever_is_declared(encoding: str, text: str, content_type: str | None) -> None:
    assert text in text_of(html(text).encode(encoding), content_type)


@pytest.mark.parametrize(
    ("encoding", "label", "text"),
    [
        ("cp1252", "iso-8859-1", FRENCH),
        ("cp1251", "windows-1251", "Кратко: мэр ушёл."),
        ("koi8-r", "koi8-r", "Кратко: мэр ушёл."),
        ("gb18030", "gb2312", "简短：市长离开了。"),
        ("shift_jis", "Shift_JIS", "短く：市長は去った。"),
    ],
)
def test_a_label_decides_where_letters_are_few(encoding: str, label: str, text: str) -> None:
    few = html(ENGLISH.replace("Malmö", "Malmo")).replace("</article>", f"<p>{text}</p></article>")
    in_page = few.replace("<head>", f'<head><meta charset="{label}">')
    assert text in text_of(in_page.encode(encoding), "text/html")
    assert text in text_of(few.encode(encoding), f"text/html; charset={label}")


def test_a_few_broken_letters_do_not_change_the_others() -> None:
    body = html(RUSSIAN).encode().replace("хлебе".encode(), "хлеб".encode() + b"\xd0", 1)
    assert RUSSIAN in text_of(body, "text/html; charset=utf-8")


def test_zeros_and_control_characters_amid_a_page_are_left_out() -> None:
    body = html(ENGLISH.strip()).encode().replace(b"mayor", b"may\x00or").replace(b" told ", b"\x0ctold\x1f ")
    assert ENGLISH.strip() in text_of(body, "text/html")


RANDOM = random.Random(20261124).randbytes(100_000)
PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
WAVES = struct.pack("<8000h", *(int(9000 * (n % 80) / 80) for n in range(8000)))
BINARY = {
    "random bytes": RANDOM,
    "random bytes after a tag": b"<!DOCTYPE html><html><body><p>" + RANDOM,
    "random bytes after a byte order mark": b"\xff\xfe" + RANDOM,
    "PDF": b"%PDF-1.7\n" + RANDOM,
    "PDF after a line": b"\r\n%PDF-1.7\n" + RANDOM,
    "JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF" + RANDOM,
    "PNG": PNG_HEAD + RANDOM,
    "zip": b"PK\x03\x04\x14\x00" + RANDOM,
    "gzip, twice": gzip.compress(gzip.compress(html(ENGLISH).encode(), mtime=0), mtime=0),
    "deflate": zlib.compress(RANDOM),
    "zstd": b"\x28\xb5\x2f\xfd" + RANDOM,
    "ELF": b"\x7fELF\x02\x01\x01" + bytes(9) + RANDOM,
    "sound": WAVES,
    "zeros": bytes(100_000),
    "video": b"\x00\x00\x00\x20ftypisom" + RANDOM,
}


@pytest.mark.parametrize("body", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "text/html", "application/octet-stream", None])
def test_bytes_of_no_text_are_no_page_whatever_they_are_declared_as(body: bytes, content_type: str | None) -> None:
    outcome = clean(replace(raw_page(body=body), content_type=content_type))
    assert isinstance(outcome, Drop), outcome
    assert outcome.reason is DropReason.NOT_HTML
    assert outcome.detail
