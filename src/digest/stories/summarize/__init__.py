"""A story -> a headline, a few cited sentences, and where its reports differ in a number."""

from digest.stories.summarize.extractive import summarize

__all__ = ["summarize"]
