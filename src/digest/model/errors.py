"""The exceptions of this package.

    DigestError                 one clear line: what, where, what to do
    ├── ConfigError             the configuration cannot be used (exit code 2)
    ├── UsageError              a command names what does not exist (exit code 2)
    ├── StoreError              the database cannot be opened, or belongs to a newer version
    ├── Overtaken               another process stored first what was judged to be new
    ├── TemplateError           a template cannot be read or compiled, or fails while it runs
    └── WorkerError             a worker process gave no result
        ├── WorkerTimeout       it did not answer in time and was killed
        ├── WorkerCrash         it died: out of memory, a crash in a parser
        └── TaskFailed          the task itself raised

That one feed or page fails raises nothing: it is a value in the report (`model.Failure`).
An exception of this module ends a command.
"""

from __future__ import annotations


class DigestError(Exception):
    """Base of all errors; its message is one line for people."""


class ConfigError(DigestError):
    """The configuration cannot be used; `problems` holds one line for each mistake."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(DigestError):
    """A command names something that does not exist, or that it cannot work on."""


class Overtaken(DigestError):
    """Another process stored an article that was judged to be new; judge again."""


class StoreError(DigestError):
    """The database cannot be opened or used."""


class TemplateError(DigestError):
    """A template cannot be used; the message begins with its file and line."""


class WorkerError(DigestError):
    """A worker process gave no result."""


class WorkerTimeout(WorkerError):
    """The worker did not answer before its deadline and was killed."""


class WorkerCrash(WorkerError):
    """The worker process died before it answered."""


class TaskFailed(WorkerError):
    """The task raised; the message names the original error."""


class MailServerError(DigestError):
    """The mail server cannot be used at all; nothing was wrong with a message.

    `reached`: it answered, and does not want us.
    """

    def __init__(self, message: str, *, reached: bool = False) -> None:
        super().__init__(message)
        self.reached = reached


class NothingReadError(DigestError):
    """No feed could be read, so that an edition would be empty: none is published."""
