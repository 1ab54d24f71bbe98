"""A story -> a headline and a few cited sentences; and where its reports differ in a number."""

from digest.summarize.conflicts import Conflict, Statement, conflicts
from digest.summarize.extractive import summarize

__all__ = ["Conflict", "Statement", "conflicts", "summarize"]
