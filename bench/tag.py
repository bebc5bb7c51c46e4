"""How many articles a second one core tags, each step's share of it, and how long an index of actors takes to build.

`python -m bench.tag [--json]`. Articles are made of invented names and words by a seeded generator: about 600 words
each, with ten listed actors named in them, each beside a quotation and two figures. A third of the aliases is Cyrillic.
Times are seconds of this process's processor. Mentions are what is left for them when the other steps are taken out.
Memory is what the process grew by while the index was built.
"""

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from bench.memory import resident_bytes
from bench.report import show
from pipeline.stages import identity
from pipeline.stages.outcome import Emit
from pipeline.stages.tag import ActorIndex, tag
from pipeline.stages.tag.figures import figures
from pipeline.stages.tag.keywords import keywords
from pipeline.stages.tag.quotations import quotations
from pipeline.stages.tag.unlisted import Section
from topics.records import Actor, ActorKind, Article, Origin, TaggedArticle, TextField

T = TypeVar("T")
_Letters = tuple[str, tuple[str, ...]]
_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_LATIN = ("bdfgklmnprstvz", ("a", "e", "i", "o", "u", "an", "or", "el"))
_CYRILLIC = ("бдфгклмнпрствз", ("а", "е", "и", "о", "у", "ан", "ор", "ел"))
_ACTORS = (0, 3_334, 10_000, 33_334)
_ARTICLES = 200
_WORDS = 600


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    show("tag", [_row(count) for count in _ACTORS], as_json=parser.parse_args().json)


def _row(count: int) -> dict[str, object]:
    generator = random.Random(count)
    actors = [_actor(generator, number) for number in range(count)]
    articles = [_article(generator, actors, number) for number in range(_ARTICLES)]
    before = resident_bytes()
    index, build_s = _timed(lambda: ActorIndex(actors))
    held = (resident_bytes() - before) / 1e6
    outcomes, tag_s = _timed(lambda: [tag(article, actors=index) for article in articles])
    tagged = [record for outcome in outcomes if isinstance(outcome, Emit) for record in outcome.records]
    shares = {name: seconds / tag_s for name, seconds in _steps(tagged).items()}
    return {
        "actors": count,
        "aliases": 3 * count,
        "build_s": round(build_s, 3),
        "index_megabytes": round(held),
        "articles_per_s": round(len(outcomes) / tag_s),
        "words_per_s": round(len(outcomes) * _WORDS / tag_s),
        "mentions_share": round(1 - sum(shares.values()), 2),
        **{f"{name}_share": round(share, 2) for name, share in shares.items()},
        "quotations": sum(len(record.quotations) for record in tagged),
        "figures": sum(len(record.figures) for record in tagged),
    }


def _steps(tagged: list[TaggedArticle]) -> dict[str, float]:
    """The seconds of each step but the mentions, over articles whose words are read already."""
    sections = [_sections(record.article) for record in tagged]
    steps: dict[str, Callable[[], object]] = {
        "keywords": lambda: [keywords(one.article.title, one.article.text, language="en") for one in tagged],
        "quotations": lambda: [
            quotations(read, record.mentions, language="en") for read, record in zip(sections, tagged, strict=True)
        ],
        "figures": lambda: [figures(read, language="en") for read in sections],
    }
    return {name: _timed(step)[1] for name, step in steps.items()}


def _sections(article: Article) -> list[Section]:
    return [Section(TextField.TITLE, article.title), Section(TextField.TEXT, article.text)]


def _actor(generator: random.Random, number: int) -> Actor:
    aliases = (_name(generator, _LATIN), _name(generator, _CYRILLIC) + "ский")
    return Actor(actor_id=str(number), name=_name(generator, _LATIN), kind=ActorKind.PERSON, aliases=aliases)


def _article(generator: random.Random, actors: list[Actor], number: int) -> Article:
    words = [_word(generator, _LATIN) for _ in range(_WORDS)]
    for place in range(0, _WORDS, 60):
        actor = generator.choice(actors).name if actors else "President Emmanuel Macron"
        words[place] = f"said {actor}. Then 1,200 people paid $2.5 million"
        words[place + 1] = f"“{' '.join(words[place + 2 : place + 10])},”"
        words[place], words[place + 1] = words[place + 1], words[place]
    url = f"https://news.example/{number}"
    page = identity.page_id(url)
    origin = Origin(
        page_id=page, version_id=identity.version_id(page, b""), url=url, fetched_at=_AT, seen_at=_AT, published_at=_AT
    )
    text = "\n".join(" ".join(words[start : start + 100]) + "." for start in range(0, _WORDS, 100))
    return Article(
        origin=origin, url=url, canonical_url=url, title=" ".join(words[:8]), text=text, text_digest="", language="en"
    )


def _name(generator: random.Random, letters: _Letters) -> str:
    return f"{_word(generator, letters).capitalize()} {_word(generator, letters).capitalize()}"


def _word(generator: random.Random, letters: _Letters) -> str:
    onsets, ends = letters
    return "".join(generator.choice(onsets) + generator.choice(ends) for _ in range(generator.choice((2, 3, 3, 4))))


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


if __name__ == "__main__":
    main()
