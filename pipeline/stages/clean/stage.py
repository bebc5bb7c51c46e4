"""The clean stage: decode, refuse what is no article, read what the page says of itself, take its main text.

In order:

1. What is no HTML is dropped: by its first bytes, its Content-Type, or bytes no text holds (decode).
2. What is too large or too deep for the extractor gets a plain reading, marked degraded (limits, extract).
3. One tree serves all that follows. What the page says of itself is read from it (metadata, dates, address).
4. Home pages, section pages, consent walls and error pages are dropped by what they look like (gate).
5. Tables that only place things become blocks, captions and boxes of teasers are taken out (layout, boxes).
6. The extractor reads the rest; paragraphs it left behind, but made like those it took, are put back (extract, kin).
   A text of less than half of what the page states as its article's body gives way to that.
7. Lines that are not the article's own are taken out of its text and counted (lines, and what it names); who wrote it
   and when is learned from them where the page does not state it.
8. What is left must be enough to be an article (gate).
"""

from collections import Counter
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from pipeline.stages import identity, provenance
from pipeline.stages.clean import (
    address,
    boxes,
    dates,
    decode,
    extract,
    gate,
    kin,
    language,
    layout,
    limits,
    lines,
    metadata,
)
from pipeline.stages.clean.lines import Known, Own
from pipeline.stages.clean.metadata import Metadata
from pipeline.stages.clean.words import Keys, keys_of, tidy
from pipeline.stages.outcome import Drop, DropReason, Emit, Outcome, Reject, RejectReason
from topics.records import Article, RawPage

VERSION = "clean/1"


def clean(page: RawPage) -> Outcome[Article]:
    """The page's article. Drop for what holds none, Reject for what is too large to be read at all."""
    kind = decode.refused_kind(page.body, page.content_type)
    if kind is not None:
        return Drop(DropReason.NOT_HTML, kind)
    if len(page.body) > limits.LARGEST_BODY_BYTES:
        return Reject(RejectReason.TOO_LARGE, f"{len(page.body)} bytes")
    html = decode.decode(page.body, page.content_type)
    markup = decode.markup(html)
    if decode.is_binary(html, markup.controls):
        return Drop(DropReason.NOT_HTML, "binary")
    few = limits.with_few_attributes(html)
    if few != html:
        html, markup = few, decode.markup(few)
    if not limits.fits_extractor(html):
        return _clean_plainly(page, html)
    tree = extract.parse(markup)
    if tree is None:
        return Drop(DropReason.NO_TEXT, "empty page")
    if limits.is_too_deep(tree):
        return _clean_plainly(page, html)
    return _clean_tree(page, html, tree)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of a page's body."""

    text: str
    headings: tuple[str, ...] = ()
    links: frozenset[str] = frozenset()
    captions: tuple[str, ...] = ()
    teasers: int = 0
    is_degraded: bool = False
    keys: Keys = field(default_factory=Keys)


def _clean_tree(page: RawPage, html: str, tree: HtmlElement) -> Outcome[Article]:
    known = metadata.read(tree, url=page.final_url, entry_title=page.entry_title)
    look = gate.look_at(tree, known)
    refusal = gate.refuse_address(page.final_url, known) or gate.refuse_error(known, look)
    if refusal is not None:
        return refusal
    found = dates.choose(page, known, tree)
    links, headings = boxes.link_texts(tree), boxes.headings(tree)
    layout.straighten(tree)
    captions = boxes.take_captions(tree)
    teasers = boxes.cut_teasers(tree)
    paragraphs, keys = kin.paragraphs(tree), Keys()
    text = extract.main_text(tree, url=page.final_url)
    is_degraded = text is None
    text = extract.plain_text(html) if text is None else kin.with_kin(text, paragraphs, keys)
    text = extract.fuller(text, known.body)
    reading = _Reading(text, headings, links, captions, teasers, is_degraded, keys)
    return gate.refuse_look(page.final_url, known, look, text) or _finish(page, known, reading, found)


def _clean_plainly(page: RawPage, html: str) -> Outcome[Article]:
    text = extract.plain_text(html)
    head = extract.parse(decode.markup(limits.head_of(html)))
    known = metadata.read(head, url=page.final_url, entry_title=page.entry_title) if head is not None else Metadata()
    refusal = gate.refuse_address(page.final_url, known) or gate.refuse_plain(known, html, text)
    reading = _Reading(text, is_degraded=True)
    return refusal or _finish(page, known, reading, dates.choose(page, known, head))


def _finish(page: RawPage, known: Metadata, reading: _Reading, found: dates.Found) -> Outcome[Article]:
    if len(reading.text.encode("utf-8", "replace")) > limits.LARGEST_TEXT_BYTES:
        return Reject(RejectReason.TOO_LARGE, f"{len(reading.text)} characters of text")
    own = lines.keep_own(tidy(reading.text), _stated(known, reading), reading.keys)
    refusal = gate.refuse_text(own.text)
    if refusal is not None:
        return refusal
    if found.published_at is None:
        found = dates.in_lines(page, own.moments, languages=known.languages)
    return Emit((_article(page, known, reading, own=own, found=found),))


def _stated(known: Metadata, reading: _Reading) -> Known:
    """What lines of the text may repeat."""
    return Known(
        titles=keys_of((*known.titles, *reading.headings[:1])),
        links=reading.links,
        captions=keys_of(reading.captions),
        authors=keys_of((*known.authors, ", ".join(known.authors))),
        names=keys_of((known.site_name, known.section)),
    )


def _article(page: RawPage, known: Metadata, reading: _Reading, *, own: Own, found: dates.Found) -> Article:
    cut = Counter(own.cut)
    cut.update({lines.CAPTION: len(reading.captions), lines.TEASER: reading.teasers})
    return Article(
        origin=provenance.made_by(page.origin, VERSION),
        url=page.final_url,
        canonical_url=address.canonical(page.final_url, known),
        title=known.title or next(iter(reading.headings), ""),
        text=own.text,
        text_digest=identity.digest("text", own.words),
        authors=known.authors or own.authors,
        published_at=found.published_at,
        published_from=found.source,
        language=language.identify(own.text, declared=known.languages),
        site_name=known.site_name,
        section=known.section,
        captions=tuple(dict.fromkeys((*reading.captions, *own.captions))),
        dropped_sections={kind: count for kind, count in sorted(cut.items()) if count} or None,
        is_degraded=reading.is_degraded,
    )
