"""What every test shares: no settings from outside, golden files rewritten on request, no silent skips in CI."""

import os
from collections.abc import Iterator

import pytest

ALLOWED_TO_SKIP = "may_skip"


def pytest_configure(config: pytest.Config) -> None:
    """Forget the operator's settings: a test says itself what it runs with."""
    config.addinivalue_line("markers", f"{ALLOWED_TO_SKIP}(reason): may be skipped even with CI=true")
    for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
        del os.environ[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--golden`: write the expected files anew from what comes out now."""
    parser.addoption("--golden", action="store_true", help="rewrite golden files; review the difference")


@pytest.fixture(scope="session")
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are to be rewritten instead of compared."""
    return bool(request.config.getoption("--golden"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With CI=true a skip is a failure: what is skipped was not tested."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and is_refused(item):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI=true does not allow: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for what skips itself while it is imported."""
    report = yield
    if report.skipped and is_refused(collector):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI=true does not allow: {report.longrepr}"
    return report


def is_refused(item: pytest.Item | pytest.Collector) -> bool:
    """A skip here counts as a failure."""
    return os.environ.get("CI") == "true" and item.get_closest_marker(ALLOWED_TO_SKIP) is None
