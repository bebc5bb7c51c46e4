"""What one watch can take of the longest article, where both are made to cost as much as they can.

`python -m bench.hostile [--json]`. Each row is a watch and a text of 2 MiB, the longest that is ever matched: what the
article takes of the processor without the watch (`page_ms`), what the watch adds to that, the first time it meets it
(`watch_ms`), and whether it was put aside for it.
"""

import argparse
from collections.abc import Iterator
from random import Random
from time import thread_time

from bench.queries import article_of
from bench.report import show
from pipeline.stages.clean.limits import LARGEST_TEXT_BYTES
from pipeline.stages.match import WatchIndex
from topics.records import TaggedArticle, Watch

_FOUR_IN_ORDER = "x ONEAR/0 b ONEAR/0 x ONEAR/0 b"
_ELSEWHERE = "zebra AND quagga"
_FIT = [f"aaa{more}{letter}*" for more in ("", "*", "?*", "??") for letter in "abcdefghijkl"]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    show("hostile", [_row(*one) for one in _pairs()], as_json=parser.parse_args().json)


def _pairs() -> Iterator[tuple[str, str, str]]:
    random = Random(1)
    yield "100 NEAR that hold", " AND ".join(_near("minsk", "aid", 5)), _filled("minsk aid ")
    yield "1 NEAR that does not", "minsk NEAR/0 aid", _filled("minsk x aid x ")
    yield "100 NEAR that do not", " OR ".join(_near("minsk", "aid", 0)), _filled("minsk x aid x ")
    yield "100 NEAR of short words", " OR ".join(_near("a", "b", 0)), _filled("a x b x ")
    yield "60 ONEAR of five", " OR ".join(_near("a", _FOUR_IN_ORDER, 0, "ONEAR", 60)), _filled("a x b x ")
    yield "40 phrases of 100 words", " OR ".join(_phrases()), _filled("a b ")
    yield "50 wildcards, one word", " OR ".join(_wildcards(50)), "a" * LARGEST_TEXT_BYTES
    yield "7 wildcards, one word", " OR ".join(_wildcards(7)), "a" * LARGEST_TEXT_BYTES
    yield "48 wildcards that fit", " OR ".join(_FIT), _made(random, "aaa", "abcdefghijkl", 4)
    alike = " ".join(_edited(random, 2) for _ in range(LARGEST_TEXT_BYTES // 31))
    yield "50 fuzzy words", " OR ".join(_fuzzy(random, 50)), alike
    yield "1 fuzzy word", _fuzzy(random, 1)[0], alike
    zones = " OR ".join(f"(title:minsk OR title:q{number})" for number in range(240))
    yield "240 words of the title", zones, _filled("minsk ")
    stems = " OR ".join(f"(minsk OR stem(q{number})) NEAR/0 aid" for number in range(49))
    yield "49 NEAR with stems", stems, _filled("minsk x aid x ")


def _row(name: str, query: str, text: str) -> dict[str, object]:
    long = article_of(text)
    page_ms = _measured(long, _ELSEWHERE)[0]
    both_ms, is_aside = _measured(long, _ELSEWHERE, query)
    return {
        "watch": name,
        "page_ms": round(page_ms),
        "watch_ms": max(0, round(both_ms - page_ms)),
        "put_aside": "yes" if is_aside else "no",
    }


def _measured(long: TaggedArticle, *queries: str) -> tuple[float, bool]:
    index = WatchIndex()
    for number, query in enumerate(queries):
        index.put(Watch(watch_id=str(number), name="bench", query=query, revision=1))
    index.find(article_of("a"))
    started = thread_time()
    index.find(long)
    return 1e3 * (thread_time() - started), bool(index.faults())


# ---- what costs most ----


def _filled(words: str) -> str:
    return (words * (LARGEST_TEXT_BYTES // len(words) + 1))[:LARGEST_TEXT_BYTES]


def _near(one: str, other: str, distance: int, operator: str = "NEAR", count: int = 100) -> list[str]:
    return [f"({one} OR q{number}) {operator}/{distance} {other}" for number in range(count)]


def _phrases() -> list[str]:
    return [f'"{"a b " * (48 - number)}b a{" a b" * number}"' for number in range(40)]


def _wildcards(count: int) -> list[str]:
    return [f"aaa*{'a' * (10 + number % 25)}*{'a' * (15 - number // 25)}b*" for number in range(count)]


def _made(random: Random, start: str, letters: str, length: int) -> str:
    count = LARGEST_TEXT_BYTES // (len(start) + length + 1)
    return " ".join(start + "".join(random.choices(letters, k=length)) for _ in range(count))


def _edited(random: Random, edits: int) -> str:
    letters = list("ab" * 15)
    for _ in range(edits):
        letters[random.randrange(1, len(letters))] = random.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


def _fuzzy(random: Random, count: int) -> list[str]:
    return [f"{_edited(random, 1)}~2" for _ in range(count)]


if __name__ == "__main__":
    main()
