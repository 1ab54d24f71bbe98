"""Where editions go."""
