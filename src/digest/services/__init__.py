"""Configuration to services: the one place that decides which implementation does what.

Import from the module that a command needs: `application` brings the flows and all they use.
"""
