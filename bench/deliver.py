"""What a personal mail costs beside a bare smtplib loop that sends the same bytes: CPU, one run.

python -m bench.deliver [SUBSCRIBERS] [CONNECTIONS]
"""

from __future__ import annotations

import smtplib
import sys
import tempfile
import time
from pathlib import Path

from tests.mail_setup import MORNING, MailSetup, edition, story
from tests.sink import running_sink

from digest.model import Section


def main(subscribers: int, connections: int) -> None:
    """Send an edition of forty stories to all, then the same bytes again without us."""
    with tempfile.TemporaryDirectory() as name, running_sink(Path(name) / "sink") as sink:
        room = MailSetup(Path(name), port=sink.port, connections=connections)
        room.crowd(subscribers)
        stories = tuple(story(number, headline="What happened today " * 4) for number in range(40))
        room.publish(edition(MORNING.date(), Section(title="World", stories=stories)))
        before = time.process_time()
        room.deliverer().deliver()
        ours = time.process_time() - before
        taken = sink.taken()
        before = time.process_time()
        with smtplib.SMTP("127.0.0.1", sink.port) as bare:
            for mail in taken:
                bare.sendmail(mail["from"], [mail["to"]], mail["body"])
        theirs = time.process_time() - before
    size = len(taken[0]["body"]) // 1000
    each = tuple(round(spent / subscribers * 1e6) for spent in (ours, theirs))
    print(f"{len(taken)} mails of {size} kB: {each[0]} us each, bare {each[1]} us each")
    print(f"ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*(numbers + [12_000, 8][len(numbers) :]))
