"""Judgements on articles: which are copies, which report one event, and what is said of it."""
