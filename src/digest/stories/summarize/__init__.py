"""A story -> a headline, a few cited sentences, and where its reports differ in a number."""

from digest.stories.summarize.extractive import summarize
from digest.stories.summarize.headline import headline_of
from digest.stories.summarize.teases import tells

__all__ = ["headline_of", "summarize", "tells"]
