"""The configuration: one TOML file, read as a whole into frozen settings."""

from digest.config.live import Live, LiveSettings
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
    "Live",
    "LiveSettings",
    "LlmSettings",
    "RankingSettings",
    "Security",
    "Settings",
    "SmtpSettings",
    "WebSettings",
    "load",
]
