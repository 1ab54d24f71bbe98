"""The configuration: one file, read once, frozen."""

from digest.config.load import load
from digest.config.settings import DigestSettings, FetchSettings, Settings, WebSettings

__all__ = ["DigestSettings", "FetchSettings", "Settings", "WebSettings", "load"]
