"""The project's exceptions.

TocsinError                 one clear line for the user; commands end with its exit_code
├── UsageError              what the user gave cannot be used: exit code 2, nothing written
├── UnavailableError        something outside is missing or does not answer: exit code 2
└── TransientError          worth another try: the shell retries in place
"""


class TocsinError(Exception):
    """Anything Tocsin says to its user in one line."""

    exit_code = 1


class UsageError(TocsinError):
    """A setting, file or argument that cannot be used; names the file and place. Nothing has been written."""

    exit_code = 2


class UnavailableError(TocsinError):
    """A server or program that is missing or does not answer; says what to do."""

    exit_code = 2


class TransientError(TocsinError):
    """A failure that may pass: the same work is worth another try."""
