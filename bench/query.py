"""Reading queries: how long one takes, and a hundred thousand.

    python -m bench.query [--queries N] [--json]

Queries are made from one seed: boolean ones of twelve nodes with a phrase, words near each other, a negation, a
language and a title; persons with aliases and context; single words. Times are this process's CPU.
"""

import argparse
from collections.abc import Callable
from random import Random
from time import process_time

from bench.report import Row, show
from pipeline.stages.match import parse_query

_SEED = 20260301
_VOCABULARY = 30_000
_CONSONANTS, _VOWELS = "bcdfghjklmnprtvw", "aeiou"

_Make = Callable[[Random, list[str]], str]


def main() -> None:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    random = Random(_SEED)
    words = [_word(random) for _ in range(_VOCABULARY)]
    rows = [_measured(kind, make, words, random, arguments.queries) for kind, make in _KINDS.items()]
    show("query", rows, as_json=arguments.json)


def _measured(kind: str, make: _Make, words: list[str], random: Random, count: int) -> Row:
    queries = [make(random, words) for _ in range(count)]
    started = process_time()
    for query in queries:
        parse_query(query)
    each = (process_time() - started) / count
    return {"queries": kind, "us_each": each * 1e6, "s_per_100000": each * 1e5, "example": queries[0]}


def _boolean(random: Random, words: list[str]) -> str:
    a, b, c, d, e, f, g, h = random.choices(words, k=8)
    return f'({a} OR {b} OR "{c} {d}") AND ({e} NEAR/5 {f}) -{g} lang:en title:{h}'


def _person(random: Random, words: list[str]) -> str:
    a, b, c, d, e = random.choices(words, k=5)
    return f'("{a.title()} {b.title()}" OR "{b.title()}, {a.title()}" OR {c.title()}) AND {d} NOT {e}'


def _single(random: Random, words: list[str]) -> str:
    return random.choice(words)


def _word(random: Random) -> str:
    return "".join(random.choice(_CONSONANTS) + random.choice(_VOWELS) for _ in range(random.randint(2, 4)))


_KINDS: dict[str, _Make] = {"boolean, 12 nodes": _boolean, "person": _person, "word": _single}


if __name__ == "__main__":
    main()
