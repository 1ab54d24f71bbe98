"""The configuration: one file, read once, frozen."""

from digest.config.load import load
from digest.config.settings import DigestSettings, FetchSettings, LlmSettings, Settings, WebSettings

__all__ = ["DigestSettings", "FetchSettings", "LlmSettings", "Settings", "WebSettings", "load"]
