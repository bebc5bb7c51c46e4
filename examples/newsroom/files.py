"""The demo's files for Tocsin, with the addresses in use: feeds.opml and watches.yaml."""

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from examples.newsroom.hook import WATCHES
from examples.newsroom.outlets import Outlet

FEEDS_FILE = "feeds.opml"
WATCHES_FILE = "watches.yaml"
DEFAULT_PORT = 8360
DEFAULT_HOOK = f"http://127.0.0.1:{DEFAULT_PORT}/hook"


def feeds_opml(feed_urls: Mapping[Outlet, str]) -> str:
    """An OPML 2.0 outline with a folder for each language."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', '<opml version="2.0">']
    lines += ["<head><title>The demo newsroom</title></head>", "<body>"]
    for language in dict.fromkeys(outlet.language for outlet in feed_urls):
        lines.append(f"<outline text={quoteattr(language)}>")
        for outlet, url in feed_urls.items():
            if outlet.language == language:
                name = quoteattr(outlet.name)
                lines.append(f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(url)}/>')
        lines.append("</outline>")
    return "\n".join([*lines, "</body>", "</opml>"]) + "\n"


def watches_yaml(hook_url: str) -> str:
    """The demo's watches, actors and channels with that address for the webhook."""
    return WATCHES.read_text("utf-8").replace(DEFAULT_HOOK, hook_url)


def write(folder: Path, *, feed_urls: Mapping[Outlet, str], hook_url: str) -> None:
    """Write both files into the folder, made if need be. OSError when that cannot be done.

    Each is there whole or not at all, and watches.yaml comes last: whoever waits for it finds both.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((FEEDS_FILE, feeds_opml(feed_urls)), (WATCHES_FILE, watches_yaml(hook_url))):
        unfinished = folder / f"{name}.new"
        unfinished.write_text(text, "utf-8")
        unfinished.replace(folder / name)
