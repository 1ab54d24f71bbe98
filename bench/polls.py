"""Polling beside others: `python -m bench.polls [FEEDS ...]`.

A process of its own serves feeds of ten full texts on loopback, each at an address of its own, and
answers 304 where the ETag is known. Every fourth word of the invented texts is one of the most
frequent English ones, as they state English: digest would look for the language of each otherwise.
CPU of a whole process each, start-up included: `digest collect`, a loop of aiohttp, feedparser and
sqlite3 that does nothing else, and lemon24/reader, which is installed into `.venv/peers` for this.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.measure import ROUNDS, Cost, Row, cost, digest, environment, interleaved, python

FEEDS, ENTRIES = 200, 10
READER = ("reader==3.26", "sgmllib3k==1.0.0")
PEERS = Path(__file__).parents[1] / ".venv" / "peers"

SERVE = """
import sys
from aiohttp import web
from bench.volume import articles
from itertools import islice
feeds, entries = int(sys.argv[1]), int(sys.argv[2])
often = "the of and to in a is for on that with as at by be it from was are".split()
def english(text):
    words = enumerate(text.split(" "))
    return " ".join(word if at % 4 else often[at // 4 % len(often)] for at, word in words)
texts = [
    (row["title"], english(row["text"]).replace(chr(10), "</p><p>"))
    for row in islice(articles(400), 400)
]
def body(number, host):
    items = "".join(
        f"<item><title>{title} {number}-{at}</title><link>http://{host}/{number}/{at}</link>"
        f"<guid>http://{host}/{number}/{at}</guid>"
        f"<pubDate>Mon, 02 Mar 2026 0{at % 10}:00:00 GMT</pubDate>"
        f"<content:encoded><![CDATA[<p>{text} W{number}x{at}</p>]]></content:encoded></item>"
        for at in range(entries)
        for title, text in [texts[(number * entries + at) % len(texts)]]
    )
    return (
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
        f"<title>Feed {number}</title><language>en</language>{items}</channel></rss>"
    ).encode()
async def answer(request):
    number = int(request.match_info["number"])
    tag = f'"{number}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    headers = {"ETag": tag, "Content-Type": "application/rss+xml"}
    return web.Response(body=body(number, request.host), headers=headers)
app = web.Application()
app.router.add_get("/{number}.xml", answer)
web.run_app(app, host="0.0.0.0", port=int(sys.argv[3]), print=lambda *_: print("ready", flush=True))
"""

BARE = """
import asyncio, sqlite3, sys
import aiohttp, feedparser
urls, store = open(sys.argv[1]).read().split(), sqlite3.connect(sys.argv[2])
store.execute("CREATE TABLE IF NOT EXISTS tags (url PRIMARY KEY, tag)")
store.execute("CREATE TABLE IF NOT EXISTS entries (id PRIMARY KEY, title, link, text)")
tags = dict(store.execute("SELECT url, tag FROM tags"))
async def poll(session, url, turns):
    async with turns:
        headers = {"If-None-Match": tags[url]} if url in tags else {}
        async with session.get(url, headers=headers) as answer:
            if answer.status == 304:
                return
            body, tag = await answer.read(), answer.headers["ETag"]
    found = feedparser.parse(body)
    rows = [(e.id, e.title, e.link, e.content[0].value) for e in found.entries]
    with store:
        store.executemany("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?)", rows)
        store.execute("INSERT OR REPLACE INTO tags VALUES (?, ?)", (url, tag))
async def main():
    turns = asyncio.Semaphore(20)
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(poll(session, url, turns) for url in urls))
asyncio.run(main())
"""

PEER = """
import sys
from reader import make_reader
reader = make_reader(sys.argv[2])
for url in open(sys.argv[1]).read().split():
    reader.add_feed(url, exist_ok=True)
reader.update_feeds(workers=4, scheduled=False)
"""


def install_peers() -> str | None:
    """The Python that has lemon24/reader; None where it cannot be installed."""
    if not (PEERS / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(PEERS)], check=True)
    found = str(PEERS / "bin" / "python")
    if subprocess.run([found, "-c", "import reader"], capture_output=True, check=False).returncode:
        pip = shutil.which("pip3") or shutil.which("pip") or ""
        command = [pip, "--python", found, "--disable-pip-version-check", "install", "-q", *READER]
        if not pip or subprocess.run(command, capture_output=True, check=False).returncode:
            return None
    return found


@contextmanager
def publisher(feeds: int, port: int = 8957) -> Iterator[list[str]]:
    """Serve so many feeds; their URLs."""
    arguments = (str(feeds), str(ENTRIES), str(port))
    with subprocess.Popen(
        python(SERVE, *arguments), stdout=subprocess.PIPE, env=environment()
    ) as server:
        try:
            assert server.stdout is not None
            server.stdout.readline()
            yield [
                f"http://127.3.{at // 250}.{at % 250 + 1}:{port}/{at}.xml" for at in range(feeds)
            ]
        finally:
            server.kill()


def measure(feeds: int, rounds: int = ROUNDS) -> list[Row]:
    """Rows for a first poll of all feeds, and for one that finds nothing new."""
    peer = install_peers()
    with tempfile.TemporaryDirectory() as name, publisher(feeds) as urls:
        folder = Path(name)
        (folder / "urls").write_text("\n".join(urls))
        (folder / "feeds.toml").write_text(
            f'[digest]\ndatabase = "{folder}/ours.db"\noutput = "{folder}/out"\n'
            + "".join(f'[[feeds]]\nurl = "{url}"\n' for url in urls)
        )
        ours = digest(
            "collect", "--quiet", "-c", str(folder / "feeds.toml"), "--allow-address", "127.0.0.0/8"
        )
        clients = {
            "ours": ours,
            "bare": python(BARE, str(folder / "urls"), str(folder / "bare.db")),
        }
        if peer:
            clients["reader"] = (peer, "-c", PEER, str(folder / "urls"), str(folder / "peer.db"))

        def cold(command: Sequence[str]) -> Cost:
            for path in folder.glob("*.db*"):
                path.unlink()
            return cost(*command)

        first = interleaved(
            {name: partial(cold, command) for name, command in clients.items()},
            rounds,
        )
        for command in clients.values():
            cost(*command)
        again = interleaved(
            {name: partial(cost, *command) for name, command in clients.items()},
            rounds,
        )
    return [
        _row(f"first poll of {feeds} feeds, {feeds * ENTRIES} full texts", first),
        _row(f"{feeds} feeds unchanged (304)", again),
    ]


def _row(what: str, found: dict[str, Cost]) -> Row:
    ours, bare = found["ours"].cpu, found["bare"].cpu
    beside = f"bare loop {bare:.2f} s"
    ratio = f"{ours / bare:.2f}"
    if "reader" in found:
        beside += f"; lemon24/reader {found['reader'].cpu:.2f} s"
        ratio += f"; {ours / found['reader'].cpu:.2f}"
    return Row(
        what=what, ours=f"{ours:.2f} s, {found['ours'].peak:.0f} MB", beside=beside, ratio=ratio
    )


if __name__ == "__main__":
    for size in map(int, sys.argv[1:] or [str(FEEDS)]):
        for row in measure(size):
            print(row)
