"""The command line: the one place that reads arguments and prints."""

import gc

# Start-up creates objects that stay: looking for cycles among them every 700 costs an eighth of it.
gc.set_threshold(50_000)
