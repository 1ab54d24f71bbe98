"""The flows, each a straight line to or from the store; nothing runs back.

collect   feeds > due? > fetch > parse > unseen? > fetch page > extract > STORE
build     STORE > deduplicate > cluster > summarize > compose > render > STORE + output
deliver   STORE > what is due > render once per choice > send > STORE

Every flow can be run again after a crash and changes nothing that is already done.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.flows.build import Builder
    from digest.flows.collect import Collector
    from digest.flows.corrections import Editor, Explanation
    from digest.flows.deliver import Deliverer, DeliverReport
    from digest.flows.doubts import DoubtReviewer
    from digest.flows.images import Illustrator
    from digest.flows.pages import PageReader
    from digest.flows.reports import BuildReport, CollectReport, FeedOutcome, Observer
    from digest.flows.robots import Robots
    from digest.flows.summarizers import ExtractiveSummarizer, ModelSummarizer

__all__ = [
    "BuildReport",
    "Builder",
    "CollectReport",
    "Collector",
    "DeliverReport",
    "Deliverer",
    "DoubtReviewer",
    "Editor",
    "Explanation",
    "ExtractiveSummarizer",
    "FeedOutcome",
    "Illustrator",
    "ModelSummarizer",
    "Observer",
    "PageReader",
    "Robots",
]

_HOMES = {
    "BuildReport": "reports",
    "Builder": "build",
    "CollectReport": "reports",
    "Collector": "collect",
    "DeliverReport": "deliver",
    "Deliverer": "deliver",
    "DoubtReviewer": "doubts",
    "Editor": "corrections",
    "Explanation": "corrections",
    "ExtractiveSummarizer": "summarizers",
    "FeedOutcome": "reports",
    "Illustrator": "images",
    "ModelSummarizer": "summarizers",
    "Observer": "reports",
    "PageReader": "pages",
    "Robots": "robots",
}


def __getattr__(name: str) -> object:
    """Load a flow when it is wanted: a worker process needs none, and collecting no analysis."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
