"""Every benchmark in turn: `python -m bench [--json]`. Each is a module of its own with options of its own."""

import subprocess
import sys

BENCHES = ("clean", "tag", "query", "match", "hostile", "pipeline", "latency", "replay", "preview", "ledger")


def main() -> int:
    """The first exit code that is not 0."""
    codes = [
        subprocess.run([sys.executable, "-m", f"bench.{name}", *sys.argv[1:]], check=False).returncode
        for name in BENCHES
    ]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
