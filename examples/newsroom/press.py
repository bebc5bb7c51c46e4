"""What an outlet has released so far: a bounded shelf, newest first."""

import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from anyascii import anyascii

from examples.newsroom.outlets import Outlet
from examples.newsroom.script import Behaviour, ScriptedArticle

SHELF = 300
"""Releases an outlet keeps; older pages answer 410. A day at full speed would otherwise fill the memory."""
FEED_ENTRIES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An article out in the world."""

    article: ScriptedArticle
    path: str
    released_at: datetime


class Press:
    """One outlet's releases."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self._releases: deque[Release] = deque(maxlen=SHELF)
        self._paths: dict[str, Release | None] = {}

    def release(self, article: ScriptedArticle, *, at: datetime) -> Release:
        """Put an article out. Released again, it moves to the top under its old address."""
        made = Release(article=article, path=path_of(self.outlet, article), released_at=at)
        earlier = self._paths.get(made.path)
        if earlier is not None:
            self._releases.remove(earlier)
        elif len(self._releases) == SHELF:
            self._paths[self._releases[-1].path] = None
        self._releases.appendleft(made)
        self._paths[made.path] = made
        return made

    @property
    def newest(self) -> tuple[Release, ...]:
        """What the feed lists."""
        return tuple(self._releases)[:FEED_ENTRIES]

    def find(self, path: str) -> Release | None:
        """The release at that path; None when there is none, or no longer."""
        return self._paths.get(path)

    def is_gone(self, path: str) -> bool:
        """A release stood there and has been cleared away."""
        return path in self._paths and self._paths[path] is None

    def sections(self) -> tuple[str, ...]:
        """Sections that have releases, by name."""
        return tuple(sorted({release.article.section for release in self._releases}))

    def of_section(self, slug: str) -> tuple[Release, ...]:
        """Releases of the section with that slug, newest first."""
        return tuple(release for release in self._releases if slug_of(release.article.section) == slug)


def path_of(outlet: Outlet, article: ScriptedArticle) -> str:
    """Where the article's page stands."""
    if article.behaviour is Behaviour.SUBSCRIBERS:
        return f"/subscribers/{article.slug}"
    return outlet.article_path.format(section=slug_of(article.section), slug=article.slug)


def slug_of(name: str) -> str:
    """A section's name as part of a path, in Latin letters."""
    return re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower()).strip("-")
