"""Backups: taken while others write, whole, and restored."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.model.errors import StoreError
from digest.store import SubscriberStore, WriterLock, open_store
from digest.store.backup import back_up, backups_in, prune, read_backup, restore

from .command import digest

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
BACKUPS = 50

# Adds subscribers as fast as it can, as `serve` does, and says each once it is committed.
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from digest.store import SubscriberStore, open_store
people = SubscriberStore(open_store(Path(sys.argv[1])).engine)
for number in range(1_000_000):
    address = f"reader{number}@mail.example"
    people.ask(address, address, language="en", at=datetime.now(UTC))
    print(address, flush=True)
"""


def addresses(database: Path) -> set[str]:
    store = open_store(database)
    found = {subscriber.address for subscriber in SubscriberStore(store.engine).all(())}
    store.close()
    return found


def test_a_backup_under_load_holds_all_that_was_answered_before_it_began(tmp_path: Path) -> None:
    """Fifty of them while another process writes; each is restored and read."""
    database, config = tmp_path / "live" / "d.db", tmp_path / "feeds.toml"
    config.write_text('[[feeds]]\nurl = "http://127.0.0.1:9/"\n', encoding="utf-8")
    open_store(database).close()
    database.with_name("d.db.key").write_bytes(b"k" * 32)
    answered: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(database)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        reader = threading.Thread(
            target=lambda: answered.extend(map(str.strip, writer.stdout or ()))
        )
        reader.start()
        while len(answered) < 5:
            time.sleep(0.01)
        before: list[tuple[int, Path]] = []
        for number in range(BACKUPS):
            known = len(answered)
            made = back_up(database, config, tmp_path / "bk", NOW.replace(minute=number))
            before.append((known, made.folder))
        assert writer.poll() is None
        writer.kill()
        reader.join()
    assert len(answered) > before[0][0]
    for number, (known, folder) in enumerate(before):
        target = tmp_path / f"restored{number}" / "d.db"
        target.parent.mkdir()
        restore(folder, target, NOW)
        assert set(answered[:known]) <= addresses(target)
        assert b"k" * 32 == target.with_name("d.db.key").read_bytes()
    assert [folder for _, folder in before] == list(backups_in(tmp_path / "bk"))
    assert (BACKUPS - 3, 3) == (prune(tmp_path / "bk", 3), len(backups_in(tmp_path / "bk")))


def test_a_copy_of_the_file_alone_can_miss_what_was_answered(tmp_path: Path) -> None:
    """The control: what `cp` gives while the log is not written back yet."""
    database = tmp_path / "d.db"
    store = open_store(database)
    people = SubscriberStore(store.engine)
    people.ask("ann@mail.example", "ann@mail.example", language="en", at=NOW)
    copy = tmp_path / "copy.db"
    copy.write_bytes(database.read_bytes())
    made = back_up(database, tmp_path / "feeds.toml", tmp_path / "bk", NOW)
    restore(made.folder, tmp_path / "whole.db", NOW)
    assert [set(), {"ann@mail.example"}] == [addresses(copy), addresses(tmp_path / "whole.db")]
    store.close()


def test_a_damaged_backup_is_refused_and_nothing_is_touched(tmp_path: Path) -> None:
    """One byte is enough; so is a file that is missing, or a folder that is no backup."""
    database = tmp_path / "d.db"
    open_store(database).close()
    folder = back_up(database, tmp_path / "no.toml", tmp_path / "bk", NOW).folder
    body = bytearray((folder / "digest.db").read_bytes())
    body[-1] ^= 1
    (folder / "digest.db").write_bytes(body)
    before = database.read_bytes()
    with pytest.raises(StoreError, match=r"digest\.db: is missing or damaged"):
        restore(folder, database, NOW)
    (folder / "digest.db").unlink()
    with pytest.raises(StoreError, match="is missing or damaged"):
        read_backup(folder)
    with pytest.raises(StoreError, match="not a backup"):
        read_backup(tmp_path)
    assert before == database.read_bytes()


def test_nothing_is_restored_under_a_running_digest(tmp_path: Path) -> None:
    """The writer's lock says who is at work."""
    database = tmp_path / "d.db"
    open_store(database).close()
    folder = back_up(database, tmp_path / "no.toml", tmp_path / "bk", NOW).folder
    with WriterLock(database), pytest.raises(StoreError, match="is at work on this database"):
        restore(folder, database, NOW)


def test_backup_and_restore_by_command(tmp_path: Path) -> None:
    """The old database is kept; a machine that has nothing gets the configuration, too."""
    config = tmp_path / "feeds.toml"
    config.write_text('[[feeds]]\nurl = "http://127.0.0.1:9/"\n', encoding="utf-8")
    added = digest("subscribers", "add", "ann@mail.example", "-c", str(config))
    assert 0 == added.returncode, added.stderr
    options = ("-c", str(config), "--now", NOW.isoformat())
    made = digest("backup", str(tmp_path / "bk"), *options)
    folder = tmp_path / "bk" / "digest-20260302T070000Z"
    assert (0, True) == (made.returncode, made.stdout.startswith(f"{folder}: digest.db")), made
    refused = digest("restore", str(folder), *options)
    assert (2, True) == (refused.returncode, "--replace" in refused.stderr)
    digest("subscribers", "add", "bob@mail.example", "-c", str(config))
    done = digest("restore", str(folder), "--replace", *options)
    assert 0 == done.returncode, done.stderr
    assert {"ann@mail.example"} == addresses(tmp_path / "digest.db")
    (kept,) = tmp_path.glob("digest.db.before-*")
    assert {"ann@mail.example", "bob@mail.example"} == addresses(kept)
    elsewhere = tmp_path / "elsewhere" / "feeds.toml"
    elsewhere.parent.mkdir()
    done = digest("restore", str(folder), "-c", str(elsewhere))
    assert 0 == done.returncode, done.stderr
    assert config.read_bytes() == elsewhere.read_bytes()
    assert {"ann@mail.example"} == addresses(elsewhere.with_name("digest.db"))
