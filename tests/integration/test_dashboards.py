"""Every panel's query on a real Prometheus that scrapes a real exporter by the repository's own scrape file."""

import json
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
import yaml

from tests.dashboards import DEPLOY, queries
from tests.integration.conftest import free_ports
from tests.waiting import until

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that has scraped an exporter twice."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("no Prometheus here: apt-get install prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    first = free_ports(16)
    address = f"127.0.0.1:{first + 15}"
    configuration = folder / "prometheus.yml"
    configuration.write_text(adapted(first))
    command = [
        program,
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with ExitStack() as stack:
        exporter = start(stack, [sys.executable, "-m", "tests.integration.exporter", str(first)])
        assert exporter.stdout is not None
        assert exporter.stdout.readline().strip() == "ready"
        start(stack, command)
        # A rate needs two scrapes.
        until(lambda: ask(address, 'count_over_time(tocsin_alerts_total{mode="live"}[1m]) >= 2'))
        yield address


@pytest.mark.parametrize(("panel", "query"), queries(), ids=lambda value: value if ": " in value else "")
def test_the_query_of_a_panel_gives_something(prometheus: str, panel: str, query: str) -> None:
    assert ask(prometheus, query), panel


def test_the_scrape_file_is_sound() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here: apt-get install prometheus")
    command = [promtool, "check", "config", str(DEPLOY / "prometheus" / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_exported_passes_the_linter_of_metrics(prometheus: str) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None
    (up,) = ask(prometheus, 'up{job="tocsin", process="poll"} == 1')
    with urllib.request.urlopen(f"http://{up['metric']['instance']}/metrics", timeout=10) as answer:
        exported = answer.read()
    ours = b"".join(line for line in exported.splitlines(keepends=True) if b"tocsin_" in line)
    done = subprocess.run([promtool, "check", "metrics"], input=ours, capture_output=True, check=False)
    complaints = [line for line in done.stderr.decode().splitlines() if not line.split(" ")[0].endswith("_created")]
    assert complaints == []


def adapted(first_port: int) -> str:
    """The repository's scrape file, on these ports and twice a second."""
    scrape: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    scrape["global"]["scrape_interval"] = "500ms"
    for job in scrape["scrape_configs"]:
        job["scrape_timeout"] = "500ms"
        for number, group in enumerate(job["static_configs"]):
            group["targets"] = [f"127.0.0.1:{first_port + number}"]
    return yaml.safe_dump(scrape)


def start(stack: ExitStack, command: list[str]) -> subprocess.Popen[str]:
    """A child that ends with the stack."""
    child = subprocess.Popen(command, cwd=HERE.parents[1], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    stack.enter_context(child)
    stack.callback(child.terminate)
    return child


def ask(address: str, query: str) -> list[Any]:
    """The query's result now; nothing while Prometheus does not answer. AssertionError when it refuses the query."""
    encoded = urllib.parse.urlencode({"query": query})
    try:
        with urllib.request.urlopen(f"http://{address}/api/v1/query?{encoded}", timeout=10) as answer:
            result: list[Any] = json.load(answer)["data"]["result"]
    except HTTPError as error:
        if error.code == 503:  # it has begun to listen, not to work
            return []
        raise AssertionError(f"{query}: {error.read().decode()}") from error
    except URLError:
        return []
    return result
