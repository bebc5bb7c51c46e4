"""Addresses: their canonical form for identity, their host, and joining relative ones. Nothing here raises.

The canonical form, in order (RFC 3986 §6.2.2 and §6.2.3, plus what readers of news share links with):

1. Only http and https with a host that can be one; anything else has no canonical form.
2. Scheme and host in lower case, the host in ASCII (IDNA), user and default port dropped.
3. Percent escapes in upper case, unescaped where the character is unreserved, escaped where it may not stand.
4. Dot segments removed; an empty path is `/`.
5. Parameters that only tell where a reader came from dropped, the others kept in their order.
6. The fragment dropped.

The scheme is kept: http and https are two addresses until a server says otherwise. So is a trailing slash.
"""

import re
from urllib.parse import SplitResult, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}

# Reader-origin parameters as their senders document them: Google Analytics and Ads, Matomo, HubSpot, Meta, Microsoft,
# Yandex, Mailchimp, Marketo, Omeda, Piano (AT Internet), Comscore, Webtrekk. None of them selects content; each name
# is spelled out where a prefix might take a site's own parameter: two pages under one name would lose one of them.
_TRACKING_PREFIXES = ("utm_", "mtm_", "hsa_", "at_custom", "at_campaign", "at_link", "at_ptr")
_TRACKING_NAMES = frozenset(
    (
        *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "_ga", "_gl"),
        *("pk_campaign", "pk_kwd", "pk_source", "pk_medium", "pk_content", "piwik_campaign", "piwik_kwd"),
        *("_hsenc", "_hsmi", "hsctatracking", "mkt_tok", "oly_anon_id", "oly_enc_id", "vero_id"),
        *("fbclid", "igshid", "igsh", "twclid", "ttclid", "li_fat_id", "ref_src", "soc_src", "soc_trk", "sr_share"),
        *("msclkid", "yclid", "ymclid", "ysclid", "_openstat", "mc_cid", "mc_eid"),
        *("at_medium", "at_format", "at_bbc_team", "xtor", "wt_mc", "wt_zmc"),
        *("ns_mchannel", "ns_source", "ns_campaign", "ns_linkname", "ns_fee"),
        *("cmpid", "ncid", "s_cid", "ftag", "ito", "guccounter", "guce_referrer", "guce_referrer_sig"),
    )
)

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE_OR_ILLEGAL = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?]")
_LABEL = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z)({_LABEL}(\.{_LABEL})*|[0-9a-f.]*:[0-9a-f:.]+)")


def normalise(url: str) -> str | None:
    """The canonical form, which names a page; idempotent. None for what is no http(s) address. Never fetch it: it may
    lack what a site wants to see."""
    split = _split(url)
    if split is None:
        return None
    scheme, host = split.scheme, _host(split)
    port = _port(split)
    if not host or port == 0:
        return None
    name = f"[{host}]" if ":" in host else host
    authority = name if port in (None, _DEFAULT_PORTS[scheme]) else f"{name}:{port}"
    query = _without_tracking(_escape(split.query))
    return f"{scheme}://{authority}{_path(split.path)}" + (f"?{query}" if query else "")


def host_of(url: str) -> str:
    """The host in lower case and ASCII, without its port or brackets; "" where there is none."""
    split = _split(url)
    return _host(split) if split is not None else ""


def join(base: str, href: str) -> str | None:
    """The absolute address a link on a page means; None unless it is http(s) with a host."""
    try:
        joined = urljoin(base.strip(), href.strip())
    except ValueError:
        return None
    split = _split(joined)
    return joined if split is not None and _host(split) and _port(split) != 0 else None


def _split(url: str) -> SplitResult | None:
    try:
        split = urlsplit(url.strip())
    except ValueError:
        return None
    return split if split.scheme in _DEFAULT_PORTS else None


def _host(split: SplitResult) -> str:
    try:
        host = (split.hostname or "").rstrip(".")
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        return ""
    return ascii_host if _HOST.fullmatch(ascii_host) else ""


def _port(split: SplitResult) -> int | None:
    """None for none given, 0 for one that cannot be."""
    try:
        return split.port
    except ValueError:
        return 0


def _path(raw: str) -> str:
    """The path without dot segments, RFC 3986 §5.2.4."""
    segments = _escape(raw).replace("?", "%3F").split("/")
    kept: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _without_tracking(query: str) -> str:
    return "&".join(part for part in query.split("&") if part and not _is_tracking(part))


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)


def _escape(text: str) -> str:
    return _ESCAPE_OR_ILLEGAL.sub(_canonical_escape, text)


def _canonical_escape(match: re.Match[str]) -> str:
    found = match.group()
    if len(found) == 3:
        value = int(found[1:], 16)
        return chr(value) if value in _UNRESERVED else found.upper()
    return "".join(f"%{byte:02X}" for byte in found.encode("utf-8", "surrogatepass"))
