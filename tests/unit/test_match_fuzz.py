"""Watches that come and go and articles of odd signs, at random: the kernel says what the engine in Python says.

Half a second of it, always the same; `FUZZ_S=600 FUZZ_SEED=7 make sanitize` goes on for ten minutes from another start.
"""

import os
from random import Random
from time import monotonic

from pipeline.stages.match import QueryError, WatchIndex
from tests.unit.matching import matches, mention, tagged, watch
from topics.records import Mention, TaggedArticle

_SEED = int(os.environ.get("FUZZ_SEED", "1"))
_SECONDS = float(os.environ.get("FUZZ_S", "0"))
_FEWEST_ROUNDS = 200

# Words that are near each other, that begin alike, of few letters, of several scripts, and of what is hardly a letter.
_WORDS = (
    *(
        "a",
        "ab",
        "aaaaaa",
        "aaaaab",
        "aaaaaaaaaaaa",
        "aaaaaaaaaaab",
        "aba",
        "ababababab",
        "bababababa",
        "the",
        "US",
        "us",
    ),
    *(
        "minsk",
        "Minsk",
        "MINSK",
        "minks",
        "sanction",
        "sanctions",
        "drone",
        "drones",
        "brone",
        "Straße",
        "strasse",
        "ﬃx",
    ),
    *(
        "Минск",
        "минск",
        "елка",
        "ёлка",
        "蔡英文",
        "蔡",
        "英",
        "京都",
        "محمد",
        "\u0e01\u0e31",
        "か\u3099",
        "e\u0301",
        "\u0301",
    ),
    *("\ud800", "\udfffx", "\0", "x\0y", "\U0010ffff", "\U00020000", "\U0001d400b", "\U000e0100", "٣٤", "３", "ŉ", "ß"),
    *("Ann’s", "x's", "’s", "s", "re\u00adport", "a\u200bb", "a\u200db", "x" * 62, "x" * 63, "x" * 64, "y" * 3_000),
)
_BETWEEN = (" ", " ", " ", ", ", ". ", "-", "\n", "’", "\u00ad", "\u0301", "", "\0", "\u3000", "\ufeff")
_PLAIN = (
    "a",
    "aba",
    "minsk",
    "sanction",
    "drone",
    "strasse",
    "минск",
    "елка",
    "蔡英文",
    "蔡",
    "京都",
    "us",
    "the",
    "محمد",
)
_PATTERNS = ("aaa*", "aba*b", "aaa?a*b", "min*", "mins?", "xxx*x", "san*ion*", "мин*к", "str*ss?", "yyy*y?y*y", "xxx?*")
_FUZZY = ("aaaaaa~1", "aaaaaaaaaaaa~2", "ababababab~2", "minsk~1", "drone~1", "sanction~1", "минск~1", f"{'x' * 33}~2")
_OTHER = ("=US", "=Minsk", "actor:ann", "lang:en", "site:example.org", "stem(sanction)", "author:lee")


def _phrase(random: Random) -> str:
    return '"' + " ".join(random.choices(_PLAIN + _PATTERNS[:4], k=random.randrange(1, 6))) + '"'


def _placed(random: Random) -> str:
    shelf = random.choice((_PLAIN, _PLAIN, _PATTERNS, _FUZZY, _OTHER[:3]))
    return _phrase(random) if random.random() < 0.3 else random.choice(shelf)


def _query(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.3:
        return random.choice(_OTHER) if random.random() < 0.15 else _placed(random)
    parts = [_query(random, depth - 1) for _ in range(random.randrange(2, 5))]
    near = [_placed(random) for _ in range(random.randrange(2, 4))]
    return random.choice(
        (
            f"({' AND '.join(parts)})",
            f"({' OR '.join(parts)})",
            f"({parts[0]} AND NOT {parts[1]})",
            f"2of({', '.join([*parts, near[0]])})",
            f"({near[0]} NEAR/{random.randrange(5)} {near[1]})",
            f"({f' ONEAR/{random.randrange(5)} '.join(near)})",
            f"atleast{random.randrange(1, 4)}({near[0]})",
            f"atleast2(({' OR '.join(near)}) NEAR/2 {near[0]})",
        )
    )


def _text(random: Random) -> str:
    words = random.choices(_WORDS, k=random.choice((0, 1, 5, 30, 200)))
    kinds = random.choices(_BETWEEN, k=len(words)) if random.random() < 0.7 else [" "] * len(words)
    return "".join(part for pair in zip(words, kinds, strict=True) for part in pair) * random.choice((1, 1, 1, 3))


def _mentions(random: Random, text: str) -> tuple[Mention, ...]:
    made = []
    for _ in range(random.randrange(4)) if text else ():
        start = random.randrange(len(text))
        surface = text[start : start + random.choice((0, 1, 5, 500))]
        name, actor_id = random.choice((("Ann", "ann"), ("Bob", "bob"), ("Ann", None)))
        made.append(mention(text, surface, name=name, actor_id=actor_id, alias=random.choice((None, "A", "B"))))
    return tuple(made)


def _article(random: Random) -> TaggedArticle:
    text = _text(random)
    language = random.choice(("en", "ru", None))
    return tagged(text, _text(random)[:300], mentions=_mentions(random, text), language=language, authors=("Ann Lee",))


def _round(random: Random, compiled: WatchIndex, plain: WatchIndex) -> int:
    """Some watches change, an article is matched; how many it matched."""
    for _ in range(random.randrange(6)):
        watch_id = f"w{random.randrange(40)}"
        if random.random() < 0.3:
            compiled.remove(watch_id)
            plain.remove(watch_id)
            continue
        query = _query(random, random.randrange(4))
        for index in (compiled, plain):
            try:
                index.put(watch(query, watch_id))
            except QueryError:
                continue
    article = _article(random)
    found = matches(article, compiled)
    assert found == matches(article, plain), article
    return len(found)


def test_the_kernel_says_what_python_says_of_whatever_comes() -> None:
    random = Random(_SEED)
    until = monotonic() + _SECONDS
    rounds = found = 0
    compiled, plain = WatchIndex(is_compiled=True), WatchIndex(is_compiled=False)
    while rounds < _FEWEST_ROUNDS or monotonic() < until:
        found += _round(random, compiled, plain)
        rounds += 1
        if rounds % 1_000 == 0:  # begin again, so that what is let go at an engine's end is looked at too
            compiled, plain = WatchIndex(is_compiled=True), WatchIndex(is_compiled=False)
            print(f"seed {_SEED}: {rounds} rounds, {found} matches, all alike", flush=True)
    assert found > rounds / 2
