"""An SMTP server that keeps what it is given, and can be as hostile as any (for tests).

Run as a process of its own: `python -m tests.sink FOLDER` writes its port to FOLDER/port and each
message to FOLDER/mails as one line of JSON before it answers. FOLDER/manner.json, read at start,
sets how it behaves; all chance comes from a seed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from .conftest import ROOT

Fate = Literal["take", "later", "refuse", "drop_in_data", "drop_after_dot", "stall"]


@dataclass(frozen=True)
class Manner:
    """How a sink behaves: a chance for each fate, per message; the rest is taken."""

    fates: dict[Fate, float] = field(default_factory=dict)
    delay: float = 0.0  # seconds before the answer to the final dot
    stall: float = 10.0
    greylist: bool = False  # the first try of every address is put off
    refuse_mail_from: bool = False
    refuse_data: bool = False
    per_connection: int = 0  # messages after which it says 421
    pipelining: bool = True
    keep_bodies: bool = True
    seed: int = 1


class Sink:
    """The server itself, in its own process."""

    def __init__(self, folder: Path, manner: Manner) -> None:
        self.folder, self.manner = folder, manner
        self.chance = random.Random(manner.seed)
        self.seen: set[str] = set()
        self.log = (folder / "mails").open("a", encoding="ascii", buffering=1)

    async def serve(self) -> None:
        server = await asyncio.start_server(self.talk, "127.0.0.1", 0, limit=2**20)
        port = server.sockets[0].getsockname()[1]
        made = self.folder / ".port"
        made.write_text(str(port), encoding="ascii")
        made.replace(self.folder / "port")
        async with server:
            await server.serve_forever()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self.converse(reader, writer)
        writer.close()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def reply(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        reply("220 sink")
        sender = recipient = ""
        taken, welcome = 0, False
        while line := await reader.readline():
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            verb = verb.upper()
            if verb == "MAIL":
                sender = rest.partition("<")[2].partition(">")[0]
            elif verb == "RCPT":
                recipient = rest.partition("<")[2].partition(">")[0]
            said = self.answer(verb, recipient, taken)
            if verb == "DATA" and not welcome:
                said = "503 5.5.1 no valid recipients"
            reply(said)
            welcome = verb == "RCPT" and said.startswith("250")
            if said.startswith("421"):
                return
            if said.startswith("354"):
                taken += 1
                if not await self.data(reader, writer, sender, recipient):
                    return
            await writer.drain()

    def answer(self, verb: str, recipient: str, taken: int) -> str:
        if verb == "MAIL" and self.manner.refuse_mail_from:
            return "550 5.7.1 sender not allowed"
        if verb == "MAIL" and 0 < self.manner.per_connection <= taken:
            return "421 4.7.0 too many messages"
        if verb == "RCPT":
            return self.recipient(recipient)
        if verb == "EHLO" and self.manner.pipelining:
            return "250-sink\r\n250 PIPELINING"
        return {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok")

    def recipient(self, address: str) -> str:
        if "nobody" in address:
            return f"550 5.1.1 <{address}>: no such mailbox"
        if self.manner.greylist and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 greylisted, come again"
        return "250 ok"

    def fate(self) -> Fate:
        roll = self.chance.random()
        for fate, share in self.manner.fates.items():
            if roll < share:
                return fate
            roll -= share
        return "take"

    async def data(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        sender: str,
        recipient: str,
    ) -> bool:
        await writer.drain()
        fate = self.fate()
        if fate == "drop_in_data":
            await reader.read(100)
            return False
        body = await reader.readuntil(b"\r\n.\r\n")
        if fate == "stall":
            await asyncio.sleep(self.manner.stall)
        if fate in {"take", "drop_after_dot", "stall"} and not self.manner.refuse_data:
            self.keep(sender, recipient, body)
        if self.manner.delay:
            await asyncio.sleep(self.manner.delay)
        if fate == "drop_after_dot":
            return False
        if fate == "refuse" or self.manner.refuse_data:
            writer.write(b"554 5.7.1 message refused\r\n")
        elif fate == "later":
            writer.write(b"450 4.2.0 not now\r\n")
        else:
            writer.write(b"250 taken\r\n")
        return True

    def keep(self, sender: str, recipient: str, body: bytes) -> None:
        # Dot-stuffing is undone as RFC 5321, 4.5.2 says.
        whole = body[:-3].replace(b"\r\n..", b"\r\n.")
        start = whole.find(b"Message-ID: ") + len(b"Message-ID: ")
        row = {
            "at": time.time(),
            "from": sender,
            "to": recipient,
            "id": whole[start : whole.find(b"\r\n", start)].decode(),
            "body": base64.b64encode(whole).decode() if self.manner.keep_bodies else "",
        }
        self.log.write(json.dumps(row) + "\n")


@dataclass(frozen=True)
class Running:
    """A sink at work: where it listens, and what it has taken."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def size(self) -> int:
        """How much it has written down, in bytes."""
        return (self.folder / "mails").stat().st_size

    def taken(self, since: int = 0) -> list[dict[str, Any]]:
        """Every message (from a size on) in the order in which they came; `body` as bytes."""
        with (self.folder / "mails").open(encoding="ascii") as log:
            log.seek(since)
            lines = log.read().splitlines()
        rows = [json.loads(line) for line in lines]
        return [row | {"body": base64.b64decode(row["body"])} for row in rows]


@contextlib.contextmanager
def running_sink(folder: Path, manner: Manner | None = None) -> Iterator[Running]:
    """A sink in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "port").unlink(missing_ok=True)
    (folder / "manner.json").write_text(json.dumps(asdict(manner or Manner())), encoding="ascii")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sink", str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    try:
        until = time.monotonic() + 30
        while not (folder / "port").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.01)
        port = int((folder / "port").read_text(encoding="ascii"))
        yield Running(port=port, folder=folder, process=process)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    place = Path(sys.argv[1])
    stated = json.loads((place / "manner.json").read_text(encoding="ascii"))
    asyncio.run(Sink(place, Manner(**stated)).serve())
