"""The flows, each a straight line to or from the store; nothing runs back.

collect   feeds > due? > fetch > parse > unseen? > fetch page > extract > STORE
build     STORE > deduplicate > cluster > summarize > compose > render > STORE + output
deliver   STORE > what is due > render once per choice > send > STORE

Every flow can be run again after a crash and changes nothing that is already done.
"""

from digest.pipeline.build import Builder, BuildReport
from digest.pipeline.collect import Collector
from digest.pipeline.deliver import Deliverer, DeliverReport
from digest.pipeline.editor import Editor, Explanation
from digest.pipeline.pages import PageReader
from digest.pipeline.pictures import Illustrator
from digest.pipeline.report import CollectReport, FeedOutcome, Observer
from digest.pipeline.robots import Robots
from digest.pipeline.summaries import Extractive, Worded

__all__ = [
    "BuildReport",
    "Builder",
    "CollectReport",
    "Collector",
    "DeliverReport",
    "Deliverer",
    "Editor",
    "Explanation",
    "Extractive",
    "FeedOutcome",
    "Illustrator",
    "Observer",
    "PageReader",
    "Robots",
    "Worded",
]
