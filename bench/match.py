"""Articles matched a second, one at a time with hits and snippets, beside a loop of regular expressions.

    python -m bench.match [--watches 1000 10000] [--articles N] [--json]

Articles and watches are made from one seed: 600 words each of 30,000 by Zipf's law; watches of one to eight clauses, a
fifth with a common word, half with a negation. The peer is what most word-list monitors do: for each watch, one
compiled regular expression a clause, joined by and, or, not; it says whether a watch matches, not where. Times are this
process's CPU on one thread. The peer is too slow for all the articles: it runs over the first, and its matches must be
ours.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from statistics import median, quantiles
from time import process_time

from bench.report import Row, show
from pipeline.stages.match import WatchIndex, match
from pipeline.stages.match.language.wording import plurals
from pipeline.stages.outcome import Emit
from topics.records import Article, Origin, TaggedArticle, Watch

_SEED = 20260301
_VOCABULARY = 30_000
_WORDS_OF_ARTICLE = 600
_PEER_TRIALS = 20_000
"""Watches held against an article by the peer, in all."""
_CONSONANTS, _VOWELS = "bcdfghjklmnprtvw", "aeiou"
_AT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A watch before it is written down: all of these groups, one clause of each, and none of those."""

    groups: tuple[tuple[str, ...], ...]
    excluded: tuple[str, ...]

    def query(self) -> str:
        groups = " AND ".join(f"({' OR '.join(group)})" for group in self.groups)
        return groups + "".join(f" -{clause}" for clause in self.excluded)


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watches", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    random = Random(_SEED)
    vocabulary = _vocabulary(random)
    articles = [_article(random, vocabulary, number) for number in range(arguments.articles)]
    rows: list[Row] = []
    for count in arguments.watches:
        rows.extend(_compare([_wanted(random, vocabulary) for _ in range(count)], articles))
    show("match", rows, as_json=arguments.json)


def _compare(wanted: Sequence[_Wanted], articles: Sequence[TaggedArticle]) -> list[Row]:
    started = process_time()
    index = WatchIndex()
    for number, one in enumerate(wanted):
        index.put(Watch(watch_id=_watch_id(number), name="bench", query=one.query(), revision=1))
    built = process_time()
    loop = [_regular(one) for one in wanted]
    compiled = process_time()
    few = articles[: max(2, _PEER_TRIALS // len(wanted))]
    for article in articles[:5]:
        _ours(article, index)
    our_row, our_matches = _measure("Tocsin", lambda article: _ours(article, index), articles)
    peer_row, peer_matches = _measure("regex loop", lambda article: _peers(article, loop), few)
    agreed = our_matches[: len(few)] == peer_matches
    return [
        {"watches": len(wanted), **our_row, "build_s": built - started, "same_matches": agreed},
        {"watches": len(wanted), **peer_row, "build_s": compiled - built, "same_matches": agreed},
    ]


def _measure(
    engine: str, find: Callable[[TaggedArticle], list[str]], articles: Sequence[TaggedArticle]
) -> tuple[dict[str, object], list[list[str]]]:
    """The engine's row, and the ids of the watches it found in each article."""
    times, matches = [], []
    for article in articles:
        started = process_time()
        matches.append(find(article))
        times.append(process_time() - started)
    row: dict[str, object] = {
        "engine": engine,
        "articles": len(articles),
        "articles_per_s": len(times) / sum(times),
        "p50_ms": 1_000 * median(times),
        "p99_ms": 1_000 * quantiles(times, n=100)[98],
        "matches_per_article": sum(map(len, matches)) / len(articles),
    }
    return row, matches


def _ours(article: TaggedArticle, index: WatchIndex) -> list[str]:
    outcome = match(article, watches=index)
    return [one.watch_id for one in outcome.records] if isinstance(outcome, Emit) else []


_Compiled = tuple[list[list[re.Pattern[str]]], list[re.Pattern[str]]]


def _peers(article: TaggedArticle, loop: Sequence[_Compiled]) -> list[str]:
    text = article.article.text
    return [
        _watch_id(number)
        for number, (groups, excluded) in enumerate(loop)
        if all(any(clause.search(text) for clause in group) for group in groups)
        and not any(clause.search(text) for clause in excluded)
    ]


def _regular(wanted: _Wanted) -> _Compiled:
    return [[_pattern(clause) for clause in group] for group in wanted.groups], list(map(_pattern, wanted.excluded))


def _pattern(clause: str) -> re.Pattern[str]:
    if clause.startswith('"'):
        return re.compile(r"\b" + r"\W+".join(clause.strip('"').split()) + r"\b", re.IGNORECASE)
    return re.compile(rf"\b(?:{'|'.join((clause, *plurals(clause)))})\b", re.IGNORECASE)


def _vocabulary(random: Random) -> list[str]:
    """Made-up words, the commonest first and shortest; no two alike."""
    words: dict[str, None] = {}
    while len(words) < _VOCABULARY:
        # Of two syllables there are only 6,400.
        syllables = 2 + (len(words) >= 2_000) + (len(words) >= 12_000)
        words["".join(random.choice(_CONSONANTS) + random.choice(_VOWELS) for _ in range(syllables))] = None
    return list(words)


def _article(random: Random, vocabulary: Sequence[str], number: int) -> TaggedArticle:
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(vocabulary))))
    words = random.choices(vocabulary, cum_weights=weights, k=_WORDS_OF_ARTICLE)
    sentences = [" ".join(words[start : start + 20]).capitalize() + "." for start in range(0, len(words), 20)]
    url = f"https://bench.example/{number}"
    origin = Origin(page_id=str(number), version_id=str(number), url=url, fetched_at=_AT, seen_at=_AT)
    text = " ".join(sentences)
    article = Article(origin=origin, url=url, canonical_url=url, title="", text=text, text_digest=str(number))
    return TaggedArticle(article=article, page_id=str(number))


def _wanted(random: Random, vocabulary: Sequence[str]) -> _Wanted:
    groups = [
        tuple(_clause(random, vocabulary) for _ in range(random.randint(1, 3))) for _ in range(random.randint(1, 2))
    ]
    if random.random() < 0.2:
        groups.append((random.choice(vocabulary[:100]),))
    excluded = (random.choice(vocabulary[:3_000]),) if random.random() < 0.5 else ()
    return _Wanted(tuple(groups), excluded)


def _clause(random: Random, vocabulary: Sequence[str]) -> str:
    if random.random() < 0.3:
        return f'"{random.choice(vocabulary[:200])} {random.choice(vocabulary)}"'
    return random.choice(vocabulary[300:])


def _watch_id(number: int) -> str:
    return f"w{number:06d}"


if __name__ == "__main__":
    main()
