"""The flows, each a straight line to or from the store; nothing runs back.

collect   feeds > due? > fetch > parse > unseen? > fetch page > extract > STORE
build     STORE > deduplicate > cluster > summarize > compose > render > STORE + output
deliver   STORE > what is due > render once per choice > send > STORE

Every flow can be run again after a crash and changes nothing that is already done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.lazy import on_demand

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

# A worker process needs no flow, and collecting no analysis.
__getattr__ = on_demand(
    __name__,
    {
        "build": "Builder",
        "collect": "Collector",
        "corrections": "Editor Explanation",
        "deliver": "Deliverer DeliverReport",
        "doubts": "DoubtReviewer",
        "images": "Illustrator",
        "pages": "PageReader",
        "reports": "BuildReport CollectReport FeedOutcome Observer",
        "robots": "Robots",
        "summarizers": "ExtractiveSummarizer ModelSummarizer",
    },
)
