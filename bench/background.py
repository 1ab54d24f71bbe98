"""Make the table of document frequencies that is shipped: counts of stems, no texts.

Usage: python -m bench.background CORPUS [OUT]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from tests.factories import labelled

from digest.model import DuplicateGroup
from digest.stories.cluster import Background, index

SETS = ("ecbplus", "wikinews", "multinews", "neus", "uci_headlines")
OUT = Path(__file__).parents[1] / "src/digest/stories/cluster/background.bin"
_KEPT = 20_000  # stems; the rarest of these occurs in a handful of documents


def counted(corpus: Path, name: str) -> Background:
    """The counts of one labelled set."""
    groups = [
        DuplicateGroup(canonical=article)
        for article, _ in labelled(corpus / f"stories/{name}.jsonl.gz")
    ]
    return Background.of(index(groups))


def frequent(tables: Iterable[Background]) -> Background:
    """All counts added up, without those of the rarer stems."""
    summed = Background().plus(tables)
    kept = {
        language: dict(sorted(table.items(), key=lambda item: (-item[1], item[0]))[:_KEPT])
        for language, table in summed.frequencies.items()
    }
    return Background(documents=summed.documents, frequencies=kept)


def main(corpus: Path, out: Path) -> None:
    """Count all sets and write the table."""
    stored = frequent(counted(corpus, name) for name in SETS).to_bytes()
    out.write_bytes(stored)
    print(f"{out}: {len(stored)} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else OUT)
