"""The written articles and the truth about them: which watches of `watches.yaml` each should alert.

An article is `articles/OUTLET/SLUG.md`: YAML front matter between two lines of `---`, then paragraphs apart by blank
lines. `articles/running-order.yaml` lists them in their order of release. The front matter:

- `title` and `section`, as the outlet prints them; `authors` and `captions`, lists, optional.
- `expect`: ids of the watches the article should alert, decided by reading it. Text inside captions, teasers and other
  furniture does not count, and neither does a page that cannot be had.
- `copy_of`: OUTLET/SLUG whose text and captions it carries word for word under its own title; it has no text here.
- `behaviour`: see Behaviour; optional.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ARTICLES = HERE / "articles"
_REQUIRED = {"title", "section", "expect"}
_KNOWN = _REQUIRED | {"authors", "captions", "copy_of", "behaviour"}


class ScriptError(ValueError):
    """A file of the newsroom that cannot be used; names it."""


class Behaviour(StrEnum):
    """How an article's page answers."""

    NORMAL = "normal"
    SLOW = "slow"
    """After some seconds."""
    GONE = "gone"
    """404, although the feed lists it."""
    CONSENT = "consent"
    """Redirects to the consent page."""
    SUBSCRIBERS = "subscribers"
    """Served, but under a path that robots.txt disallows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedArticle:
    """An article an outlet publishes, and what it should alert."""

    outlet_id: str
    slug: str
    title: str
    section: str
    story: str
    """OUTLET/SLUG of the article the text is from: shared by word-for-word copies."""
    expect: frozenset[str]
    """Watch ids."""
    paragraphs: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    behaviour: Behaviour = Behaviour.NORMAL

    @property
    def article_id(self) -> str:
        """OUTLET/SLUG."""
        return f"{self.outlet_id}/{self.slug}"


def load(folder: Path = ARTICLES) -> tuple[ScriptedArticle, ...]:
    """The written articles in their order of release. ScriptError names the file that cannot be used."""
    order = read_yaml(folder / "running-order.yaml")
    names = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.glob("*/*.md")}
    if not isinstance(order, list) or sorted(order) != sorted(names):
        raise ScriptError(f"{folder / 'running-order.yaml'}: every article must be listed once, and nothing else")
    parts = {name: _split(folder / f"{name}.md") for name in order}
    return tuple(_article(name, parts) for name in order)


def expected_alerts(articles: Iterable[ScriptedArticle]) -> frozenset[tuple[str, str]]:
    """Watch id and story of every alert the articles should raise: one for a story, however many copies it has."""
    return frozenset((watch, article.story) for article in articles for watch in article.expect)


def read_yaml(path: Path) -> Any:
    """A file's YAML. ScriptError names a file that cannot be read."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScriptError(f"{path}: {' '.join(str(error).split())}") from error


def _split(path: Path) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    try:
        opening, front, text = path.read_text("utf-8").split("---\n", 2)
        matter = yaml.safe_load(front)
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        raise ScriptError(f"{path}: no front matter: {' '.join(str(error).split())}") from error
    if opening or not isinstance(matter, dict) or not _REQUIRED <= set(matter) <= _KNOWN:
        raise ScriptError(f"{path}: the front matter needs {sorted(_REQUIRED)} and may have {sorted(_KNOWN)}")
    return matter, tuple(" ".join(block.split()) for block in text.split("\n\n") if block.strip())


def _article(name: str, parts: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]]) -> ScriptedArticle:
    matter, paragraphs = parts[name]
    story = matter.get("copy_of", name)
    if story not in parts or (story != name and paragraphs):
        raise ScriptError(f"{name}: copy_of names an article whose text is carried, so there is no text here")
    original, text = parts[story]
    outlet, slug = name.split("/")
    return ScriptedArticle(
        outlet_id=outlet,
        slug=slug,
        title=matter["title"],
        section=matter["section"],
        story=story,
        expect=frozenset(matter["expect"]),
        paragraphs=text,
        authors=tuple(matter.get("authors", ())),
        captions=tuple(original.get("captions", ())),
        behaviour=Behaviour(matter.get("behaviour", "normal")),
    )
