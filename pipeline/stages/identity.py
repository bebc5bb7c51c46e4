"""Identifiers: digests of content, so that the same input has the same name for ever."""

from hashlib import blake2b


def digest(*parts: str | bytes) -> str:
    """32 hexadecimal digits over the parts; parts are kept apart, so ("ab", "c") differs from ("a", "bc")."""
    state = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()


def feed_id(url: str) -> str:
    """The feed at that address."""
    return digest("feed", url)


def page_id(normalised_url: str) -> str:
    """The page at that address; normalise it first with `urls.normalise`."""
    return digest("page", normalised_url)


def version_id(page: str, body: bytes) -> str:
    """One version of a page."""
    return digest("version", page, body)


def match_id(watch: str, page: str, version: str) -> str:
    """A watch in one version of a page."""
    return digest("match", watch, page, version)


def alert_id(watch: str, story: str) -> str:
    """A watch in a story."""
    return digest("alert", watch, story)


def outcome_id(stage: str, page: str, version: str, run: str, watch: str = "") -> str:
    """How one version of a page ended at a stage in a run."""
    return digest("outcome", stage, page, version, run, watch)
