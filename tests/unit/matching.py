"""Articles and watches for the tests of matching."""

from datetime import UTC, datetime

from pipeline.stages.match import WatchIndex, match
from pipeline.stages.outcome import Emit
from topics.records import (
    ActorKind,
    Article,
    Figure,
    Keyword,
    Match,
    Mention,
    Origin,
    Qualifier,
    Quotation,
    SpeakerEvidence,
    TaggedArticle,
    TextField,
    Watch,
)

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def article(text: str, title: str = "", **known: object) -> Article:
    """An article with that text, of example.org unless said otherwise."""
    origin = Origin(
        page_id="page",
        version_id="version",
        url="https://feeds.example.org/item/1",
        fetched_at=MOMENT,
        seen_at=MOMENT,
        feed_id=str(known.pop("feed_id", "feed")),
        made_by=("poll/1", "clean/1", "tag/1"),
    )
    address = str(known.pop("url", "https://www.example.org/politics/story.html"))
    values = {"canonical_url": address, "text_digest": "digest", **known}
    return Article(origin=origin, url=address, title=title, text=text, **values)  # type: ignore[arg-type]


def tagged(
    text: str,
    title: str = "",
    *,
    mentions: tuple[Mention, ...] = (),
    keywords: tuple[str, ...] = (),
    quotations: tuple[Quotation, ...] = (),
    figures: tuple[Figure, ...] = (),
    **known: object,
) -> TaggedArticle:
    """A tagged article with that text."""
    terms = tuple(Keyword(term=term, count=1, weight=1.0) for term in keywords)
    made = article(text, title, **known)
    return TaggedArticle(
        article=made,
        page_id=made.origin.page_id,
        mentions=mentions,
        keywords=terms,
        quotations=quotations,
        figures=figures,
    )


def mention(text: str, surface: str, *, name: str, actor_id: str | None, alias: str | None = None) -> Mention:
    """An actor mentioned at the first place those words stand in the text."""
    start = text.index(surface)
    return Mention(
        name=name,
        kind=ActorKind.PERSON,
        field=TextField.TEXT,
        start=start,
        end=start + len(surface),
        surface=surface,
        actor_id=actor_id,
        alias=alias,
    )


def quotation(text: str, words: str, *, speaker: str, actor_id: str | None) -> Quotation:
    """Those words of the text, quoted."""
    start = text.index(words)
    return Quotation(
        speaker=speaker,
        speaker_actor_id=actor_id,
        field=TextField.TEXT,
        start=start,
        end=start + len(words),
        text=words,
        confidence=SpeakerEvidence.CUE,
    )


def figure(text: str, words: str, low: float | None, high: float | None, **known: object) -> Figure:
    """The figure at the first place those words stand in the text."""
    start = text.index(words)
    values = {"qualifier": Qualifier.EXACT, **known}
    return Figure(
        low=low,
        high=high,
        field=TextField.TEXT,
        start=start,
        end=start + len(words),
        text=words,
        **values,  # type: ignore[arg-type]
    )


def watch(query: str, watch_id: str = "w", *, revision: int = 1, enabled: bool = True) -> Watch:
    """A watch with that query."""
    return Watch(watch_id=watch_id, name=f"Watch {watch_id}", query=query, revision=revision, enabled=enabled)


def index_of(*watches: Watch) -> WatchIndex:
    """An index with those watches."""
    index = WatchIndex()
    for one in watches:
        index.put(one)
    return index


def found(query: str, article: TaggedArticle) -> Match | None:
    """The match of a watch with that query, if there is one."""
    return next(iter(matches(article, index_of(watch(query)))), None)


def cut(one: Match, article: TaggedArticle) -> list[str]:
    """What the offsets of the hits cut out of the article."""
    texts = {TextField.TITLE: article.article.title, TextField.TEXT: article.article.text}
    return [texts[hit.field][hit.start : hit.end] for hit in one.hits]


def matches(article: TaggedArticle, watches: WatchIndex) -> tuple[Match, ...]:
    """What the match stage gives for the article."""
    outcome = match(article, watches=watches)
    return outcome.records if isinstance(outcome, Emit) else ()
