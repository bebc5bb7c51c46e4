"""The tag stage: an article in, the same article with its actors, keywords, quotations and figures out.

Listed actors are looked for by every spelling they have; other people and organisations by rules that ask for proof.
Quotations are given to the actors found, so they come behind them. Only title and text are read: captions and whatever
cleaning cut off are not.
"""

from dataclasses import replace
from itertools import chain

from pipeline.stages import provenance
from pipeline.stages.outcome import Emit, Outcome
from pipeline.stages.tag import listed, unlisted
from pipeline.stages.tag.actors import ActorIndex
from pipeline.stages.tag.figures import figures
from pipeline.stages.tag.keywords import keywords
from pipeline.stages.tag.quotations import quotations
from pipeline.stages.tag.unlisted import Named, Section
from topics.records import Article, Mention, TaggedArticle, TextField

VERSION = "tag/1"
MOST_MENTIONS = 500
"""An article keeps no more; listed actors are kept before others, earlier places before later ones."""


def tag(article: Article, *, actors: ActorIndex) -> Outcome[TaggedArticle]:
    """The article with what it names and quotes in reading order, title first, and keywords; always an output."""
    sections = [Section(TextField.TITLE, article.title), Section(TextField.TEXT, article.text)]
    mentions = _mentions(sections, actors, language=article.language)
    tagged = TaggedArticle(
        article=replace(article, origin=provenance.made_by(article.origin, VERSION)),
        page_id=article.origin.page_id,
        mentions=mentions,
        keywords=keywords(article.title, article.text, language=article.language),
        quotations=quotations(sections, mentions, language=article.language),
        figures=figures(sections, language=article.language),
    )
    return Emit((tagged,))


def _mentions(sections: list[Section], actors: ActorIndex, *, language: str | None) -> tuple[Mention, ...]:
    places = listed.find(sections, actors, language=language)
    by_rule = _outside(places.full, unlisted.find(sections, language=language))
    with_initials = list(chain.from_iterable(listed.named_in_full(named, actors) for named in by_rule))
    places.full.extend(with_initials)
    others = _outside(with_initials, by_rule)
    again = _outside(places.full, [*others, *unlisted.find_again(sections, others)])
    own = [*places.full, *listed.supported(places, sections, again)]
    free = _outside(own, again)
    texts = {section.field: section.text for section in sections}
    known = sorted(own, key=lambda place: (place.position, place.actor_id))[:MOST_MENTIONS]
    found = [listed.mention(place, texts[place.field]) for place in known]
    found += [_mention(named, texts[named.field]) for named in free[: MOST_MENTIONS - len(found)]]
    return tuple(sorted(found, key=lambda mention: (mention.field is TextField.TEXT, mention.start, mention.end)))


def _outside(places: list[listed.Place], found: list[Named]) -> list[Named]:
    """The unlisted actors that overlap no listed one and none before them, in reading order."""
    taken: dict[TextField, set[int]] = {field: set() for field in TextField}
    for place in places:
        taken[place.field].update(range(place.start, place.end))
    kept: list[Named] = []
    for named in sorted(found, key=lambda named: (named.field is TextField.TEXT, named.start, -named.end)):
        letters = range(named.start, named.end)
        if taken[named.field].isdisjoint(letters):
            taken[named.field].update(letters)
            kept.append(named)
    return kept


def _mention(named: Named, text: str) -> Mention:
    return Mention(
        name=named.name,
        kind=named.kind,
        field=named.field,
        start=named.start,
        end=named.end,
        surface=text[named.start : named.end],
        evidence=named.evidence,
    )
