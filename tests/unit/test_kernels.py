"""Compiled kernels are those of the sources beside them."""

from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import UsageError
from pipeline.stages import kernels
from pipeline.stages.match import WatchIndex
from pipeline.stages.match.engine import kernel

_STAGES = Path(kernels.__file__).parent
FOLDERS = [_STAGES / "match" / "engine" / "kernel", _STAGES / "tag" / "cutting" / "kernel"]


@pytest.mark.parametrize("folder", FOLDERS, ids=["matching", "tagging"])
def test_the_version_is_that_of_the_sources(folder: Path) -> None:
    version = folder / "version.h"
    digest = blake2b(digest_size=8)
    for source in sorted({*folder.glob("*.[ch]")} - {version}):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    wanted = f'#define KERNEL_VERSION "{digest.hexdigest()}"'
    assert wanted in version.read_text("utf-8"), f"sources have changed: put {wanted} into {version}, then make setup"


def test_every_kernel_is_looked_at() -> None:
    assert sorted(FOLDERS) == sorted({source.parent for source in _STAGES.rglob("*.c")})


def test_a_kernel_of_other_sources_is_refused_and_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for stale in (SimpleNamespace(VERSION="older"), SimpleNamespace()):
        monkeypatch.setattr(kernel, "_kernel", stale)
        with pytest.raises(UsageError, match="make setup"):
            WatchIndex(is_compiled=True)


def test_an_installed_kernel_whose_sources_are_elsewhere_is_taken(tmp_path: Path) -> None:
    assert kernels.is_of(SimpleNamespace(VERSION="any"), tmp_path / "version.h")
