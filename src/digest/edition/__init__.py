"""What an edition holds, in which order, and when it is due."""
