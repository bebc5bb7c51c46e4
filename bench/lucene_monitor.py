"""The peer of `bench.match`: Lucene Monitor, by the small Java program in bench/lucene, over the same words.

Its jars are fetched by Maven, and the program compiled, when something in that folder changed. It needs a JDK.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

from bench.queries import Leaf, Wanted
from bench.report import Row
from pipeline.stages.text.fold import words
from topics.records import TaggedArticle

_SOURCES = Path(__file__).parent / "lucene"
_BUILT = Path(".tocsin") / "bench-lucene"
_VIRTUAL_MACHINE = ("-Xmx3g", "-XX:+UseSerialGC")
"""The collector with the least work for the thread that is measured."""


def is_there() -> bool:
    """Whether it can be built here."""
    return shutil.which("mvn") is not None and shutil.which("javac") is not None


def measure(
    wanted: Iterable[tuple[str, Wanted]], articles: Sequence[TaggedArticle], *, warm: int, is_at_its_best: bool
) -> tuple[list[Row], list[set[str]]] | None:
    """A row for each mode, and the ids of the watches found in each article after the first `warm`.

    At its best it has all of bench/lucene, else Lucene's own queries, matches and highlights. None when it broke off,
    as for want of memory where it was to hold ten thousand watches of twenty prefixes.
    """
    folder = _build()
    with tempfile.TemporaryDirectory() as scratch:
        watches, texts, matches = (Path(scratch) / name for name in ("watches", "articles", "matches"))
        watches.write_text("".join(f"{watch_id}\t{_prefix_form(one)}\n" for watch_id, one in wanted), "utf-8")
        texts.write_text("".join(map(_line, articles)), "utf-8")
        classes = f"{folder}:{folder / 'jars'}/*"
        arguments = [str(watches), str(texts), str(matches), str(warm)]
        way = [] if is_at_its_best else ["-Das.it.comes=true"]
        told = _told(["java", *_VIRTUAL_MACHINE, *way, "-cp", classes, "Harness", *arguments])
        if told is None:
            return None
        found = [set(line.split()) for line in matches.read_text("utf-8").splitlines()]
    built, *modes = map(json.loads, told.splitlines())
    return [built | mode for mode in modes], found


def _told(command: list[str]) -> str | None:
    """What it printed; None when it broke off, the reason on standard error."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        return done.stdout
    reason = next(iter(done.stderr.splitlines()), f"exit code {done.returncode}")
    sys.stderr.write(f"Lucene Monitor is left out: it broke off ({reason})\n")
    return None


def _build() -> Path:
    stamp = blake2b(digest_size=8)
    for source in sorted(_SOURCES.iterdir()):
        stamp.update(source.read_bytes())
    folder = _BUILT / stamp.hexdigest()
    if not (folder / "Harness.class").exists():
        jars = folder.resolve() / "jars"
        pom = str(_SOURCES / "pom.xml")
        subprocess.run(
            ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={jars}"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        sources = sorted(map(str, _SOURCES.glob("*.java")))
        subprocess.run(["javac", "-cp", f"{jars}/*", "-d", str(folder), *sources], check=True)
    return folder


def _line(article: TaggedArticle) -> str:
    known = article.article
    return f"{known.language}\t{' '.join(words(known.title))}\t{' '.join(words(known.text))}\n"


def _prefix_form(wanted: Wanted) -> str:
    parts = [_joined("O", [_leaf(leaf) for leaf in group]) for group in wanted.groups]
    parts += [f"N {distance} {_leaf(one)} {_leaf(other)}" for one, other, distance in wanted.near]
    every = _joined("A", parts)
    return f"X {every} {_joined('O', list(map(_leaf, wanted.excluded)))}" if wanted.excluded else every


def _joined(kind: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{kind} {len(parts)} {' '.join(parts)}"


def _leaf(leaf: Leaf) -> str:
    if leaf.kind in ("prefix", "fuzzy", "lang"):
        return f"{leaf.kind[0].upper()} {leaf.words[0]}"
    found = [one for written in leaf.words for one in words(written)]
    return f"{'T' if leaf.kind == 'title' else 'W'} {len(found)} {' '.join(found)}"
