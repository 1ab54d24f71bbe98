"""Feeds: when they are polled, what they say, and what becomes an article."""
