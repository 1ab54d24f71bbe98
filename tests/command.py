"""The digest command within this process: what it prints and its exit code (for tests)."""

from __future__ import annotations

import io
import logging
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from digest.cli.main import main


def digest(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[str]:
    """As a process of its own would, without the second that one takes to start."""
    out, err = io.StringIO(), io.StringIO()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    handlers, level = logging.root.handlers[:], logging.root.level
    stdin = io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")
    code: object = 0
    try:
        with (
            patch.object(sys, "argv", ["digest", *arguments]),
            patch.object(sys, "stdin", stdin),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
