"""The configuration: one TOML file, read as a whole into frozen settings."""

from digest.config.live import LiveSettings
from digest.config.load import load
from digest.config.settings import (
    DigestSettings,
    Empty,
    FetchSettings,
    InDoubt,
    LlmSettings,
    Security,
    Settings,
    SmtpSettings,
    WebSettings,
)

__all__ = [
    "DigestSettings",
    "Empty",
    "FetchSettings",
    "InDoubt",
    "LiveSettings",
    "LlmSettings",
    "Security",
    "Settings",
    "SmtpSettings",
    "WebSettings",
    "load",
]
