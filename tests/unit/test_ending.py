"""An agent that cannot go on ends at once and says why."""

import subprocess
import sys

from pipeline.agents.ending import EXIT_STALLED

PROGRAM = """
import atexit
from threading import Thread
from pipeline import log
from pipeline.agents.ending import end_on_failure

log.configure(level="info", process="tag")
atexit.register(print, "was allowed to tidy up")
Thread(target=end_on_failure, args=(ValueError("the reason"),)).start()
"""


def test_a_failure_on_any_thread_ends_the_process_without_tidying_up_and_is_logged() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == EXIT_STALLED
    said = ended.stdout + ended.stderr
    assert "the reason" in said
    assert "was allowed to tidy up" not in said
