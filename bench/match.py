"""Articles matched a second: the compiled engine, the one in Python, Lucene Monitor, and a loop of regular expressions.

    python -m bench.match [--watches 1000 10000] [--world newsroom] [--articles N] [--peers …] [--json]

Articles and watches come from `bench.queries`; every engine has the same. The first half of the articles warms up (and
gives engines that learn what to learn from), the other half is measured. Times are CPU of the one thread that matches.

`hits` says what is told of a match: `no`, only which watch; `yes`, with the places of its words; `records`, all that
the stage tells, snippets and score too. Lucene Monitor is asked singly and by 64 articles at once, in the best way that
was found for it (bench/lucene says how). The peer `lucene-as-it-comes`, which is not asked by default, has Lucene's own
queries, matches and highlights instead, and no words of ours in its presearcher; but it, too, has that presearcher's
two passes, words weighed by how often they stand in the articles that are measured, the best of three rounds, and the
serial collector, whose time is not counted. Ours takes one at a time, so that its figures hold for batches, too. Memory
is what the process grew by while watches came into force, their texts included; for Lucene, its heap with them.
`change_ms` is the slowest of 30,000 watches changed one after another.

The peers are slow: the loop of expressions runs over a few articles, and not beyond 10,000 watches. What they match
must be what ours matches, pair by pair, or the exit code is 1; expressions have no fuzzy words, and those watches are
left out of the comparison with them. Where there is no Maven or JDK, Lucene is left out with a word.
"""

import argparse
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from statistics import median, quantiles
from time import process_time

from bench import lucene_monitor
from bench.memory import resident_bytes
from bench.queries import WORLDS, Wanted, articles, world
from bench.regex_loop import regular
from bench.report import Row, show
from pipeline.stages.match import WatchIndex, match
from pipeline.stages.outcome import Emit
from topics.records import TaggedArticle, Watch

_PEERS = ("lucene", "lucene-as-it-comes", "plain", "regex")
_WAYS = {"lucene": "Lucene Monitor", "lucene-as-it-comes": "Lucene Monitor as it comes"}
_LARGEST_OF_REGEX = 10_000
_CHANGES = 30_000
_REGEX_TRIALS = 50_000
"""Watches held against an article by the expressions, in all."""

Found = list[set[str]]


def main() -> int:
    """Measure and show; 1 where engines differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watches", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--world", choices=list(WORLDS), default="newsroom")
    parser.add_argument("--articles", type=int, default=400)
    parser.add_argument("--peers", nargs="*", choices=_PEERS, default=["lucene", "plain", "regex"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows: list[Row] = []
    for count in arguments.watches:
        rows.extend(_compare(arguments.world, count, arguments.articles, arguments.peers))
    show("match", rows, as_json=arguments.json)
    return 0 if all(row["differing_pairs"] in (0, None) for row in rows) else 1


def _compare(name: str, count: int, article_count: int, peers: Sequence[str]) -> list[Row]:
    stories, _ = _made(name, count, article_count)
    warm = article_count // 2
    made, ours = _ours(name, count, stories, is_compiled=True)
    rows: list[Row] = [*made]
    if "plain" in peers:
        more, found = _ours(name, count, stories, is_compiled=False)
        rows += [row | {"differing_pairs": _differing(ours, found)} for row in more]
    for way in [way for way in _WAYS if way in peers]:
        rows += _lucene(way, _numbered(name, count, article_count), stories, ours)
    if "regex" in peers and count <= _LARGEST_OF_REGEX:
        rows.append(_expressions(_numbered(name, count, article_count), stories[warm:], ours))
    return [{"world": name, "watches": count, **_in_order(row)} for row in rows]


_COLUMNS = ("engine", "hits", "batch", "articles_per_s", "p50_ms", "p99_ms", "build_s", "change_ms", "memory_mb")
_MORE = ("matches_per_article", "hits_per_article", "tried_per_article", "differing_pairs")


def _in_order(row: Row) -> Row:
    return {column: row.get(column) for column in (*_COLUMNS, *_MORE)}


# ---- what is matched ----


def _made(name: str, count: int, article_count: int) -> tuple[list[TaggedArticle], Iterator[Wanted]]:
    script, watches = WORLDS[name]
    made = world(script)
    return articles(made, article_count), watches(made, count)


def _numbered(name: str, count: int, article_count: int) -> Iterator[tuple[str, Wanted]]:
    """The watches again, with their ids."""
    _, wanted = _made(name, count, article_count)
    return ((_watch_id(number), one) for number, one in enumerate(wanted))


def _watch_id(number: int) -> str:
    return f"w{number:07d}"


# ---- ours ----


def _ours(
    name: str, count: int, stories: Sequence[TaggedArticle], *, is_compiled: bool
) -> tuple[list[dict[str, object]], Found]:
    numbered = _numbered(name, count, len(stories))
    gc.collect()
    # As the match agent does: what stays for good need not be looked through for garbage again and again.
    gc.disable()
    before = resident_bytes()
    index = WatchIndex(is_compiled=is_compiled)
    built = 0.0
    for watch_id, one in numbered:
        watch = Watch(watch_id=watch_id, name="bench", query=one.written(), revision=1)
        started = process_time()
        index.put(watch)
        built += process_time() - started
    memory = (resident_bytes() - before) / 1e6
    gc.enable()
    gc.freeze()
    known = {
        "engine": "Tocsin" if is_compiled else "Tocsin in Python",
        "batch": 1,
        "build_s": built,
        "memory_mb": memory,
    }
    rows, found = _modes(index, stories)
    known["change_ms"] = _slowest_change_ms(index, _numbered(name, min(count, _CHANGES), len(stories)))
    gc.unfreeze()
    return [known | row for row in rows], found


def _slowest_change_ms(index: WatchIndex, numbered: Iterator[tuple[str, Wanted]]) -> float:
    """Until a changed watch is in force, the slowest of many: at some of them what is left behind is cleared away."""
    slowest = 0.0
    for watch_id, one in numbered:
        watch = Watch(watch_id=watch_id, name="bench", query=one.written(), revision=2)
        started = process_time()
        index.put(watch)
        slowest = max(slowest, process_time() - started)
    return 1_000 * slowest


def _modes(index: WatchIndex, stories: Sequence[TaggedArticle]) -> tuple[list[dict[str, object]], Found]:
    warm = len(stories) // 2
    ways: dict[str, Callable[[TaggedArticle], object]] = {
        "no": lambda one: index.find(one, wants_hits=False),
        "yes": index.find,
        "records": lambda one: match(one, watches=index),
    }
    for way in ways.values():
        for story in stories[:warm]:
            way(story)
    rows = [{"hits": hits, **_timed(way, stories[warm:])} for hits, way in ways.items()]
    findings = [index.find(story) for story in stories[warm:]]
    found = [{one.watch.watch_id for one in each.found} for each in findings]
    for story, ids in zip(stories[warm:], found, strict=True):
        outcome = match(story, watches=index)
        told = {one.watch_id for one in outcome.records} if isinstance(outcome, Emit) else set()
        which = {one.watch.watch_id for one in index.find(story, wants_hits=False).found}
        assert ids == which == told, "what is told depends on how much of it is"
    tried = sum(each.candidates for each in findings) / len(findings)
    matches = sum(map(len, found)) / len(found)
    places = sum(len(one.hits) for each in findings for one in each.found) / len(findings)
    more = {"matches_per_article": matches, "tried_per_article": tried, "differing_pairs": None}
    return [row | more | {"hits_per_article": 0 if row["hits"] == "no" else places} for row in rows], found


def _timed(way: Callable[[TaggedArticle], object], stories: Sequence[TaggedArticle]) -> dict[str, object]:
    times = []
    for story in stories:
        started = process_time()
        way(story)
        times.append(process_time() - started)
    return {
        "articles_per_s": len(times) / sum(times),
        "p50_ms": 1_000 * median(times),
        "p99_ms": 1_000 * quantiles(times, n=100)[98],
    }


# ---- peers ----


def _lucene(
    way: str, numbered: Iterator[tuple[str, Wanted]], stories: Sequence[TaggedArticle], ours: Found
) -> list[Row]:
    if not lucene_monitor.is_there():
        sys.stderr.write("Lucene Monitor is left out: no mvn or no javac here\n")
        return []
    warm = len(stories) // 2
    measured = lucene_monitor.measure(numbered, stories, warm=warm, is_at_its_best=way == "lucene")
    if measured is None:
        return []
    rows, found = measured
    return [{"engine": _WAYS[way], **row, "differing_pairs": _differing(ours, found)} for row in rows]


def _expressions(numbered: Iterator[tuple[str, Wanted]], stories: Sequence[TaggedArticle], ours: Found) -> Row:
    started = process_time()
    loop = {watch_id: made for watch_id, one in numbered if (made := regular(one)) is not None}
    built = process_time() - started
    few = stories[: max(2, _REGEX_TRIALS // max(len(loop), 1))]
    found: Found = []
    timed = _timed(lambda one: found.append({id_ for id_, made in loop.items() if made.holds(one.article)}), few)
    sayable = [each & loop.keys() for each in ours[: len(few)]]
    return {
        "engine": "regular expressions",
        "hits": "no",
        "batch": 1,
        **timed,
        "build_s": built,
        "matches_per_article": sum(map(len, found)) / len(found),
        "tried_per_article": float(len(loop)),
        "differing_pairs": _differing(sayable, found),
    }


def _differing(ours: Found, theirs: Found) -> int:
    return sum(len(one ^ other) for one, other in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    sys.exit(main())
