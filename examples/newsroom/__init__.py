"""A small local world of invented newspapers to watch: feeds, pages, noise, and the truth about what should alert.

It stands on its own: nothing of Tocsin is imported here.
"""

from examples.newsroom.newsroom import Newsroom
from examples.newsroom.outlets import OUTLETS, FeedKind, Outlet
from examples.newsroom.script import Behaviour, ScriptedArticle, ScriptError, expected_alerts, load

__all__ = [
    "OUTLETS",
    "Behaviour",
    "FeedKind",
    "Newsroom",
    "Outlet",
    "ScriptError",
    "ScriptedArticle",
    "expected_alerts",
    "load",
]
