"""Subscribers, purely: when a mail is due, what is in it, what a row of a list says."""

from digest.subscribers.address import address_key, normal_address
from digest.subscribers.choose import combine, personal
from digest.subscribers.people import (
    FIELDS,
    Fields,
    InvalidRow,
    NewPerson,
    parse_fields,
    parse_rows,
    row_of,
)
from digest.subscribers.settle import brief, doubted, nothing, settle, spoilt
from digest.subscribers.slots import next_slot, slots

__all__ = [
    "FIELDS",
    "Fields",
    "InvalidRow",
    "NewPerson",
    "address_key",
    "brief",
    "combine",
    "doubted",
    "next_slot",
    "normal_address",
    "nothing",
    "parse_fields",
    "parse_rows",
    "personal",
    "row_of",
    "settle",
    "slots",
    "spoilt",
]
