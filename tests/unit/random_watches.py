"""Random watches and articles in several scripts, likely to have to do with each other."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from pipeline.stages.match import QueryError, WatchIndex
from tests.unit import naive_matching
from tests.unit.matching import matches, mention, tagged, watch
from tests.unit.naive_matching import Tree
from topics.records import Figure, Match, Mention, Qualifier, Quotation, SpeakerEvidence, TaggedArticle, TextField

_WORDS = (
    *(
        "minsk",
        "Minsk",
        "MINSK",
        "sanction",
        "sanctions",
        "US",
        "us",
        "the",
        "aid",
        "aids",
        "lethal",
        "non-lethal",
        "2026",
    ),
    *("Orbán", "ORBAN", "orbán", "Łódź", "lodz", "Straße", "strasse", "Lukashenko", "Lukashenko’s", "Lukashenko's"),
    *(
        "Минск",
        "минск",
        "МИНСК",
        "мы",
        "й",
        "и",
        "ёлка",
        "елка",
        "Їжак",
        "санкции",
        "蔡英文",
        "蔡",
        "英文",
        "京都",
        "東京都",
    ),
    *(
        "U.S.",
        "U.S",
        "u s",
        "email",
        "e-mail",
        "E-mails",
        "COVID-19",
        "covid19",
        "drone",
        "drones",
        "antiwar",
        "anti-war",
        "binsk",
        "brone",
    ),
    *("minister", "Ministers", "ministre", "министр", "министров", "организация", "organisation", "organization"),
    *("محمد", "مينسك", "दिल्ली"[:1], "Αθήνα"),
)
# So that what is asked for is often there.
_COMMON = ("minsk", "Minsk", "drones", "Ministers", "the", "aid", "US", "министров", "蔡", "sanctions")
_LIKELY = (*_WORDS, *_COMMON * 5)
_PHRASES = tuple(
    f"{one} {other}" for one in ("the", "Minsk", "санкции", "蔡") for other in ("US", "Минск", "aid", "英")
)
_SEPARATORS = (" ", ", ", ". ", "-", "\n", " — ", "’ ", "... ", " (", '" ')

_text = st.lists(st.tuples(st.sampled_from(_LIKELY), st.sampled_from(_SEPARATORS)), max_size=14).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)
_words = st.one_of(
    st.tuples(st.just("word"), st.sampled_from(_LIKELY)),
    st.tuples(st.sampled_from(["phrase", "exact"]), st.sampled_from(_LIKELY + _PHRASES)),
)
_asked = st.one_of(
    _words,
    st.tuples(
        st.just("wild"), st.sampled_from(["min*", "sanct*s", "organi?ation", "лук*", "мин*", "orb*n", "str?ss?"])
    ),
    st.tuples(st.just("fuzzy"), st.sampled_from(["minsk", "sanction", "drone", "санкции", "орган"]), st.just(1)),
    st.tuples(st.just("fuzzy"), st.sampled_from(["ministers", "организации", "organisation"]), st.just(2)),
    st.tuples(st.just("stem"), st.sampled_from(["minister", "Sanctions", "министра", "санкция", "ministres", "drone"])),
    st.tuples(st.just("actor"), st.sampled_from(["ann", "bob"])),
    st.tuples(st.just("aliases"), st.sampled_from([("Lukashenko", "the Minsk"), ("Orbán", "minsk aid", "drone")])),
)
_placed = st.recursive(
    st.one_of(
        _asked, st.tuples(st.just("loose"), st.sampled_from(["the us", "minsk aid the", "蔡 minsk"]), st.integers(0, 3))
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("or"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("near"), inner, inner, st.integers(0, 4)),
        st.tuples(st.just("ordered"), st.lists(_asked, min_size=2, max_size=3), st.integers(0, 4)),
    ),
    max_leaves=4,
)
_said = st.one_of(
    _placed,
    st.tuples(st.just("regex"), st.sampled_from(["min[a-z]+", "aids?", "санкц.+", "^the", "[蔡英]+", "s$"])),
    st.tuples(
        st.just("times"),
        st.integers(1, 3),
        st.one_of(_asked, st.tuples(st.just("or"), st.lists(_asked, min_size=2, max_size=2))),
    ),
)
_figure = st.tuples(
    st.just("figure"),
    st.just("soldiers"),
    st.sampled_from([">", ">=", "<", "<=", "="]),
    st.integers(0, 10),
    st.none() | _placed,
)


def _joined(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.just("and"), st.tuples(inner, st.tuples(st.just("not"), inner))),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=4)),
        st.tuples(st.just("some"), st.integers(1, 3), st.lists(inner, min_size=3, max_size=4)),
    )


_leaf = st.one_of(
    _said,
    st.tuples(st.just("in"), st.sampled_from(["title", "lead", "text"]), _words),
    st.tuples(st.just("lang"), st.sampled_from(["en", "ru"])),
    st.tuples(
        st.just("published"),
        st.sampled_from(["2026-02-28", "2026-03-01"]),
        st.sampled_from(["2026-03-01", "2026-04-01"]),
    ),
    st.tuples(st.just("says"), st.sampled_from(["ann", "bob", None]), st.recursive(_said, _joined, max_leaves=3)),
    _figure,
)
TREES = st.recursive(_leaf, _joined, max_leaves=6)
"""Queries, for `naive_matching.render`."""
WATCHES = st.dictionaries(st.sampled_from([f"w{n}" for n in range(5)]), TREES, max_size=5)
"""Queries by the ids of their watches."""


@st.composite
def articles(draw: st.DrawFn) -> TaggedArticle:
    """Articles with mentions, quotations and figures."""
    text = draw(_text)
    mentions: list[Mention] = []
    for actor, surface in (("ann", "Minsk"), ("bob", "Минск"), ("bob", "蔡")):
        if surface in text and draw(st.booleans()):
            mentions.append(mention(text, surface, name=f"The {actor}", actor_id=actor, alias=surface))
    return tagged(
        text,
        draw(_text),
        mentions=tuple(mentions),
        quotations=tuple(draw(st.lists(_quotations(text), max_size=2))) if text else (),
        figures=tuple(draw(st.lists(_figures(text), max_size=2))) if text else (),
        language=draw(st.sampled_from(["en", "ru", "fr", "uk", None])),
        published_at=draw(
            st.sampled_from([None, datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)])
        ),
    )


@st.composite
def _quotations(draw: st.DrawFn, text: str) -> Quotation:
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    speaker = draw(st.sampled_from(["ann", "bob"]))
    return Quotation(
        speaker=f"The {speaker}",
        speaker_actor_id=speaker,
        field=TextField.TEXT,
        start=start,
        end=end,
        text=text[start:end],
        confidence=SpeakerEvidence.CUE,
    )


@st.composite
def _figures(draw: st.DrawFn, text: str) -> Figure:
    _, start, end = draw(st.sampled_from(naive_matching.words_of(text)))
    low, high = sorted(draw(st.tuples(st.integers(0, 10), st.integers(0, 10))))
    qualifier = draw(st.sampled_from(Qualifier))
    return Figure(
        low=None if qualifier in (Qualifier.AT_MOST, Qualifier.LESS_THAN) else low,
        high=None if qualifier in (Qualifier.AT_LEAST, Qualifier.MORE_THAN) else high,
        qualifier=qualifier,
        field=TextField.TEXT,
        start=start,
        end=end,
        text=text[start:end],
        counted=draw(st.sampled_from(["soldiers", "houses"])),
    )


def indexed(trees: dict[str, Tree]) -> tuple[WatchIndex, dict[str, Tree]]:
    """The index of those that can be asked for, and they."""
    index, taken = WatchIndex(), {}
    for watch_id, tree in trees.items():
        try:
            index.put(watch(naive_matching.render(tree), watch_id))
        except QueryError:
            continue
        taken[watch_id] = tree
    return index, taken


def matches_of(article: TaggedArticle, index: WatchIndex) -> dict[str, Match]:
    """By watch."""
    return {one.watch_id: one for one in matches(article, index)}
