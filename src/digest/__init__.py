"""One edition a day from the feeds you follow."""

__version__ = "0.2.0"
