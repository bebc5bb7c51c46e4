"""The compiled kernel is the one of the sources beside it."""

from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import UsageError
from pipeline.stages.match import WatchIndex
from pipeline.stages.match.engine import kernel

_FOLDER = Path(kernel.__file__).parent
_VERSION = _FOLDER / "version.h"


def test_the_version_is_that_of_the_sources() -> None:
    digest = blake2b(digest_size=8)
    for source in sorted({*_FOLDER.glob("*.[ch]")} - {_VERSION}):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    wanted = f'#define KERNEL_VERSION "{digest.hexdigest()}"'
    assert wanted in _VERSION.read_text("utf-8"), f"sources have changed: put {wanted} into version.h, then make setup"


def test_a_kernel_of_other_sources_is_refused_and_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for stale in (SimpleNamespace(VERSION="older"), SimpleNamespace()):
        monkeypatch.setattr(kernel, "_kernel", stale)
        with pytest.raises(UsageError, match="make setup"):
            WatchIndex(is_compiled=True)


def test_an_installed_kernel_whose_sources_are_elsewhere_is_taken(tmp_path: Path) -> None:
    assert kernel.is_of(SimpleNamespace(VERSION="any"), tmp_path / "version.h")
