"""A story -> a headline, a few cited sentences, and where its reports differ in a number."""

from digest.stories.summarize.extractive import headline_of, summarize
from digest.stories.summarize.headline import listed_title
from digest.stories.summarize.teases import tells

__all__ = ["headline_of", "listed_title", "summarize", "tells"]
