"""The offline newsroom of the demo, judging plain files, and evaluation."""
