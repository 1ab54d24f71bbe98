"""What a store forgets, and that its file shrinks with it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from digest.cli.main import main
from digest.model.errors import StoreError
from digest.model.records import Verdict
from digest.store import Store, WriterLock, damage_of, forget_analysis, open_store, return_space
from digest.store.schema import editions, signatures

from .test_store import NOW, new, poll, publication


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "digest.db")
    yield store
    store.close()


def days(store: Store, count: int) -> None:
    """So many editions of one article each, the last on 1 March, with what was computed."""
    for back in range(count - 1, -1, -1):
        day = (NOW.date() - timedelta(days=back)).isoformat()
        store.save_poll(poll(new(f"{back:016d}", text="word " * 2000)))
        made = publication(day, f"{back:016d}")
        store.save_edition(made)
        with store.engine.begin() as connection:
            connection.execute(
                signatures.insert(),
                [{"article_id": f"{back:016d}", "signature": b"signature" * 100}],
            )
            connection.execute(editions.update().values(terms=b"counts"))


def test_what_no_build_compares_with_is_dropped(store: Store) -> None:
    """Signatures after a month, word counts and verdicts once no edition can be built with them."""
    days(store, 40)
    today = NOW.date().isoformat()
    for back in (29, 30, 31, 32):
        asked_for = (NOW.date() - timedelta(days=back)).isoformat()
        store.save_verdict(Verdict(a="0", b=str(back), edition=asked_for, same=False))
    assert 40 - 11 == forget_analysis(store.engine, today, compared=10, rebuilt=20)
    assert ["29", "30"] == [verdict.b for verdict in store.verdicts()]
    with store.engine.begin() as connection:
        assert 11 == connection.scalar(select(func.count()).select_from(signatures))
    assert 31 == len(store.terms_before("9999-12-31", 1000))
    assert 30 == len(store.terms_before(today, 30))
    assert 0 == forget_analysis(store.engine, today, compared=10, rebuilt=20)


def test_the_file_shrinks(store: Store, tmp_path: Path) -> None:
    """By the texts that are dropped, while a reader reads and another process could write."""
    days(store, 60)
    store.engine.dispose()  # what is in the log is written to the file
    before = (tmp_path / "digest.db").stat().st_size
    assert 60 == store.drop_texts(NOW + timedelta(days=1))
    freed = return_space(store.engine)
    store.engine.dispose()
    after = (tmp_path / "digest.db").stat().st_size
    assert before - after == freed > 400_000
    assert damage_of(store.engine) is None


def test_a_database_of_an_earlier_version_is_written_anew_once(tmp_path: Path) -> None:
    """Only where that is asked for: others wait meanwhile."""
    path = tmp_path / "digest.db"
    with closing(open_store(path)) as store:
        days(store, 50)
    with closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA auto_vacuum=NONE")
        old.execute("VACUUM")
    with closing(open_store(path)) as store:
        store.drop_texts(NOW + timedelta(days=1))
        assert 0 == return_space(store.engine)
        assert return_space(store.engine, whole=True) > 300_000
    with closing(sqlite3.connect(path)) as new_one:
        assert (2,) == new_one.execute("PRAGMA auto_vacuum").fetchone()


def test_a_lock_knows_how_its_last_holder_ended(tmp_path: Path) -> None:
    """In order, or not: killed, by an error, or never there."""
    path = tmp_path / "digest.db"

    def ended_well() -> bool:
        with WriterLock(path) as lock:
            return lock.ended_well

    assert [False, True, True] == [ended_well() for _ in range(3)]
    with pytest.raises(StoreError), WriterLock(path):
        raise StoreError("the disk")
    assert [False, True] == [ended_well() for _ in range(2)]
    code = (
        "import os, sys; from pathlib import Path; from digest.store import WriterLock;"
        " WriterLock(Path(sys.argv[1])).__enter__(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert [False, True] == [ended_well() for _ in range(2)]


def test_digest_maintain_says_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line; damage is another, with exit code 1."""
    config = tmp_path / "feeds.toml"
    config.write_text("[[feeds]]\nurl = 'https://a.example/'\n", encoding="utf-8")
    path = tmp_path / "digest.db"
    with closing(open_store(path)) as store:
        days(store, 40)
    command = ["digest", "maintain", "-c", str(config), "--now", NOW.isoformat()]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    assert 0 == ended.value.code
    assert capsys.readouterr().out.startswith("Dropped 40 texts and 8 signatures; ")
    body = bytearray(path.read_bytes())
    for page in range(4096 * 4, len(body), 4096):
        body[page : page + 16] = b"\xff" * 16
    path.write_bytes(body)
    with pytest.raises(SystemExit) as ended:
        main()
    assert 1 == ended.value.code
    assert "restore a backup" in capsys.readouterr().err
