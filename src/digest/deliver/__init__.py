"""Where editions go: the output folder, and by mail to subscribers."""

from digest.deliver.bounces import Kind, file_away, messages_of, read_report
from digest.deliver.dkim import dkim_signer
from digest.deliver.folder import OutputFolder
from digest.deliver.instance import this_machine
from digest.deliver.keys import load_keys
from digest.deliver.message import Letterhead
from digest.deliver.smtp import MailServerError, Smtp

__all__ = [
    "Kind",
    "Letterhead",
    "MailServerError",
    "OutputFolder",
    "Smtp",
    "dkim_signer",
    "file_away",
    "load_keys",
    "messages_of",
    "read_report",
    "this_machine",
]
