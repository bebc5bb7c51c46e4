"""What holds for tags of any text at all: offsets cut out the words, nothing crashes, time is linear."""

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.clean.limits import LARGEST_TEXT_BYTES
from pipeline.stages.outcome import Emit
from pipeline.stages.tag import ActorIndex, tag
from pipeline.stages.tag.figures import figures
from pipeline.stages.tag.quotations.marks import stretches
from pipeline.stages.tag.unlisted import Section
from tests.samples import article
from topics import codec, registry
from topics.records import Actor, ActorKind, TaggedArticle, TextField

ACTORS = ActorIndex(
    [
        Actor(
            actor_id="x",
            name="Angela Xerkel",
            kind=ActorKind.PERSON,
            aliases=("Ангела Ксеркель", "أنجيلا كسيركل", "蔡英文"),
        ),
        Actor(actor_id="y", name="Xacme", kind=ActorKind.ORGANISATION),
    ]
)
LANGUAGES = st.sampled_from([None, "en", "fr", "de", "es", "ru", "uk", "be", "ar", "zh", "ja", "pl", "tlh"])
# Pieces that rules act on, in many scripts, put together at random; and any text at all.
PIECES = st.sampled_from(
    [
        *(
            "Angela Xerkel",
            "Xerkel",
            "Ангела Ксеркель",
            "أنجيلا كسيركل",
            "蔡英文",
            "Xacme",
            "she",
            "он",
            "Mr",
            "President",
        ),
        *(
            "“",
            "”",
            '"',
            "«",
            "»",
            "„",
            "‘",
            "’",
            "'",
            "「",
            "」",
            "said",
            "told",
            "сказал",
            "قال",
            "a déclaré",
            "sagte",
        ),
        *(
            "12",
            "1,200",
            "1.200,5",
            "2.5m",
            "٢٫٥",
            "１２",
            "$",
            "€",
            "%",
            "percent",
            "million",
            "млн",
            "مليون",
            "to",
            "-",
        ),
        *(
            "between",
            "and",
            "at least",
            "up to",
            "killed",
            "wounded",
            "people",
            "was",
            "dozens",
            "of",
            "half a",
            "twenty",
        ),
        *(
            "one",
            "F-16",
            "10:30",
            "3-1",
            "May 4",
            "2024",
            "a",
            "of the",
            "according to",
            ":",
            ",",
            ".",
            "\n",
            "—",
            "(",
            ")",
        ),
        *("\u00ad", "\u200b", "\u0301", "ß", "İ", "ﬁ", "½", "²", "😀", "\u202f", "\u00a0", "No.", "Article"),
    ]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=60).map(" ".join), st.lists(PIECES, max_size=60).map("".join), st.text(max_size=200)
)


def _tagged(text: str, title: str, language: str | None) -> TaggedArticle:
    outcome = tag(replace(article(text, title=title), language=language), actors=ACTORS)
    assert isinstance(outcome, Emit)
    return outcome.records[0]


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS, LANGUAGES)
def test_offsets_cut_out_the_words_of_every_tag(text: str, title: str, language: str | None) -> None:
    tagged = _tagged(text, title, language)
    fields = {TextField.TITLE: title, TextField.TEXT: text}
    for mention in tagged.mentions:
        assert fields[mention.field][mention.start : mention.end] == mention.surface != ""
    for quotation in tagged.quotations:
        assert fields[quotation.field][quotation.start : quotation.end] == quotation.text != ""
        if quotation.speaker_start is not None and quotation.speaker_end is not None:
            assert 0 <= quotation.speaker_start < quotation.speaker_end <= len(fields[quotation.field])
    for figure in tagged.figures:
        assert fields[figure.field][figure.start : figure.end] == figure.text != ""


@settings(max_examples=400, deadline=None)
@given(TEXTS, LANGUAGES)
def test_figures_come_in_order_with_a_bound_and_without_overlap(text: str, language: str | None) -> None:
    found = figures([Section(TextField.TEXT, text)], language=language)
    assert all(one.end <= other.start for one, other in pairwise(found))
    for figure in found:
        assert figure.low is not None or figure.high is not None
        assert figure.low is None or figure.high is None or figure.low <= figure.high


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_quoted_stretches_come_in_order_without_overlap(text: str) -> None:
    found = stretches(text)
    assert all(stretch.outer_start < stretch.start < stretch.end <= stretch.outer_end for stretch in found)
    assert all(one.outer_end <= other.outer_start for one, other in pairwise(found))


BUILT_TO_HURT = {
    "opening marks": "“",
    "straight marks": '"a ',
    "apostrophes": "‘a’s ",
    "quotations": "“a b c d” said he. ",
    "broken off": "“a b c d\n",
    "names and quotations": "Angela Xerkel said “a b c d e”, ",
    "digits": "1",
    "groups": "1,000,",
    "grouped with spaces": "111 ",
    "separators": "1.1,1.",
    "number words": "twenty ",
    "multipliers": "million hundred ",
    "between": "between 1 and ",
    "ranges": "1-2-",
    "money": "$ ",
    "qualifiers": "no more than at least ",
    "vague": "tens of thousands of ",
    "events": "killed 12 ",
    "passive events": "were killed when ",
    "articles": "a a ",
    "units": "12 square ",
    "one word": "x",
    "no space": "said,12,",
    "links": "www.",
    "at signs": "a@",
    "combining marks": "\u0301",
}


@pytest.mark.parametrize("piece", BUILT_TO_HURT.values(), ids=BUILT_TO_HURT.keys())
@pytest.mark.parametrize("language", ["en", "ru"])
def test_time_is_linear_in_a_text_built_to_hurt(piece: str, language: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        started = time.process_time()
        _tagged(text, "", language)
        return time.process_time() - started

    seconds(1_000)
    # Eight times the text, with room for the clock's grain; a square would be 64 times, however often it is tried. A
    # processor that others use at the same time is slower by moments.
    most = 24 * max(min(seconds(8_000) for _attempt in range(3)), 0.02)
    assert any(seconds(64_000) < most for _attempt in range(3))


@pytest.mark.parametrize(
    "piece",
    [
        "“Мы туда не пойдём сегодня”, — сказала Ангела Ксеркель. ",
        "«Мы " + "там " * 2_000 + "», — сказала Ангела Ксеркель. ",
        "12 " + " " * 3_000 + "млн ",
    ],
)
def test_the_largest_article_fits_its_message_with_all_its_tags(piece: str) -> None:
    text = (
        (piece * (LARGEST_TEXT_BYTES // len(piece.encode()) + 1)).encode()[:LARGEST_TEXT_BYTES].decode(errors="ignore")
    )
    written = codec.encode(registry.TAGGED_ARTICLES, _tagged(text, "", "ru"))
    assert len(written) <= registry.TAGGED_ARTICLES.max_message_bytes
