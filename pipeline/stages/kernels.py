"""Compiled kernels and the sources beside them."""

from pathlib import Path


def is_of(kernel: object, version: Path) -> bool:
    """Whether the kernel was built from the sources of that `version.h`; where none are, it was built from its own."""
    try:
        sources = version.read_text("utf-8")
    except FileNotFoundError:
        return True
    return f'"{getattr(kernel, "VERSION", "")}"' in sources
