"""The one network door: every byte from the network comes in here, through one guard."""
