"""The command line: the one place that reads arguments and prints."""

import gc

# A start only makes objects that stay: looking for cycles every 700 of them takes an eighth of it.
gc.set_threshold(50_000)
