"""The configuration: one file, read once, frozen."""

from digest.config.live import LiveSettings
from digest.config.load import load
from digest.config.settings import (
    DigestSettings,
    Empty,
    FetchSettings,
    InDoubt,
    LlmSettings,
    RankingSettings,
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
    "RankingSettings",
    "Security",
    "Settings",
    "SmtpSettings",
    "WebSettings",
    "load",
]
