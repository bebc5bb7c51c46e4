"""Addresses: canonical forms, hosts, joining."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages import urls

CANONICAL = {
    "scheme-and-host-lower-case": ("HTTPS://News.Example.ORG/A", "https://news.example.org/A"),
    "default-port-dropped": ("http://example.org:80/a", "http://example.org/a"),
    "other-port-kept": ("http://example.org:8080/a", "http://example.org:8080/a"),
    "https-on-80-kept": ("https://example.org:80/a", "https://example.org:80/a"),
    "empty-path": ("https://example.org", "https://example.org/"),
    "trailing-dot-of-host": ("https://example.org./a", "https://example.org/a"),
    "user-dropped": ("https://me:secret@example.org/a", "https://example.org/a"),
    "international-host": ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
    "address-literal": ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
    "escapes": ("http://example.org/%7eme/%c3%a9%2f x", "http://example.org/~me/%C3%A9%2F%20x"),
    "lone-percent": ("http://example.org/100%", "http://example.org/100%25"),
    "dot-segments": ("http://example.org/a/./b/../c", "http://example.org/a/c"),
    "escaped-dot-segments": ("http://example.org/a/%2e%2e/c", "http://example.org/c"),
    "above-the-root": ("http://example.org/../../a/..", "http://example.org/"),
    "trailing-slash-kept": ("http://example.org/a/", "http://example.org/a/"),
    "fragment-dropped": ("http://example.org/a#comments", "http://example.org/a"),
    "tracking-dropped": ("http://example.org/a?utm_source=rss&id=7&fbclid=x&UTM_Medium=y", "http://example.org/a?id=7"),
    "only-tracking": ("http://example.org/a?utm_source=rss&at_medium=RSS", "http://example.org/a"),
    "order-kept": ("http://example.org/a?b=2&a=1", "http://example.org/a?b=2&a=1"),
    "value-that-looks-like-tracking": ("http://example.org/a?q=utm_source", "http://example.org/a?q=utm_source"),
    "sites-own-parameter": ("http://example.org/a?at_id=7&pk=3", "http://example.org/a?at_id=7&pk=3"),
    "surrounding-space": (" http://example.org/a\n", "http://example.org/a"),
}

NO_PAGE = {
    "mail": "mailto:desk@example.org",
    "script": "javascript:void(0)",
    "file": "file:///etc/passwd",
    "no-host": "http:///a",
    "space-in-host": "http://exa mple.org/",
    "empty-label": "http://example..org/",
    "port-too-large": "http://example.org:99999/",
    "port-no-number": "http://example.org:http/",
    "broken-literal": "http://[::1/",
    "relative": "/a/b",
    "empty": "",
}


@pytest.mark.parametrize(("given_url", "expected"), CANONICAL.values(), ids=CANONICAL)
def test_an_address_has_its_canonical_form(given_url: str, expected: str) -> None:
    assert urls.normalise(given_url) == expected


@pytest.mark.parametrize("url", NO_PAGE.values(), ids=NO_PAGE)
def test_what_is_no_page_has_no_canonical_form(url: str) -> None:
    assert urls.normalise(url) is None


@given(st.text(alphabet=st.sampled_from("aZ0%/.?&=#:;@[] é\\\t+~utm_2eE"), max_size=40))
def test_the_canonical_form_is_idempotent(rest: str) -> None:
    once = urls.normalise(f"http://example.org{rest}")
    assert once is None or urls.normalise(once) == once


@given(st.text(max_size=60))
def test_nothing_raises(text: str) -> None:
    urls.normalise(text)
    urls.normalise(f"http://{text}")
    urls.host_of(f"https://{text}")
    urls.join("http://example.org/", text)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Example.org:8443/a", "news.example.org"),
        ("http://[2001:DB8::1]/", "2001:db8::1"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("mailto:desk@example.org", ""),
        ("nonsense", ""),
    ],
)
def test_the_host_is_lower_case_and_bare(url: str, host: str) -> None:
    assert urls.host_of(url) == host


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("b.html", "https://example.org/news/b.html"),
        ("/b", "https://example.org/b"),
        ("//cdn.example.org/b", "https://cdn.example.org/b"),
        ("?page=2", "https://example.org/news/a?page=2"),
        (" https://other.example/b ", "https://other.example/b"),
        ("mailto:desk@example.org", None),
        ("http://[broken", None),
    ],
)
def test_a_link_is_joined_to_its_page(href: str, expected: str | None) -> None:
    assert urls.join("https://example.org/news/a", href) == expected
