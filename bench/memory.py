"""What this process holds in memory now; read from Linux's /proc."""

from pathlib import Path
from resource import getpagesize


def resident_bytes() -> int:
    """What of the process is in memory at this moment, not the most it ever was."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * getpagesize()
