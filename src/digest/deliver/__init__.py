"""Where editions go: the output folder, and by mail to subscribers."""

from digest.deliver.folder import OutputFolder
from digest.deliver.instance import this_machine
from digest.deliver.keys import load_keys
from digest.deliver.message import Letterhead
from digest.deliver.smtp import MailServerError, Smtp

__all__ = ["Letterhead", "MailServerError", "OutputFolder", "Smtp", "load_keys", "this_machine"]
