"""Whose fault is it that a message was refused? One table for SMTP answers and bounces.

The words of an answer are read first, because codes are often wrong or general, then its enhanced
status code, then its SMTP code and the command that it answers. Sources, as they are named below:

- RFC 3463 and the IANA registry "SMTP Enhanced Status Codes" (RFC 5248): the codes' own meaning;
  RFC 7372 (5.7.20 to 5.7.26: DKIM, SPF, reverse DNS), RFC 7293 (5.7.17, 5.7.18: new owner),
  RFC 7505 (5.1.10, 5.7.27: null MX), RFC 7504 (521, 556).
- RFC 5321, section 4.2.3: SMTP codes.
- Gmail: support.google.com/a/answer/3726730 (SMTP errors and codes).
- Microsoft: learn.microsoft.com, "Email non-delivery reports and SMTP errors in Exchange Online".
- Amazon SES: docs.aws.amazon.com/ses, "Amazon SES SMTP issues".
- Yahoo: senders.yahooinc.com/smtp-error-codes.
- Postfix: postconf(5), access(5); Exim: its specification, chapter 43; qmail: qmail-smtpd(8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from digest.model import Cause
from digest.model.records import Stage

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_SMTP = re.compile(r"(?<![\d.])([245]\d\d)(?=[\s-]|$)")


class _Words(NamedTuple):
    """What a text says of the fault, wherever one of the phrases occurs in it."""

    cause: Cause
    phrases: str


def _words(cause: Cause, *phrases: str) -> _Words:
    return _Words(cause, "|".join(phrases))


@cache
def _pattern(phrases: str) -> re.Pattern[str]:
    """Compiled when mail is first refused: that takes a tenth of a program's start."""
    return re.compile(phrases, re.IGNORECASE)


# In this order: the first that occurs decides.
_TEXTS = (
    _words(
        Cause.SENDER,
        # Quotas and throttling of the account that sends: Gmail 5.4.5, SES 454, Exchange 5.1.90.
        r"(sending|relay\w*|outbound|recipients?|submission)\s(quota|limit|rate)\b[\w\s]*"
        r"\b(exceed|reach)",
        r"(max\w*|allowed|limit of) [\w\s]*(e-?mails|messages|recipients)\b[\w\s]*"
        r"\b(per|an?|each) (minute|hour|day|month)|exceeded the max",
        r"exceeded\s[\w\s']*\b((sending|hourly|daily|message|email|outbound)\s)+(quota|limit|rate)",
        r"\b(daily|hourly|monthly)\s[\w\s]*(quota|limit)",
        r"throttling failure|maximum (sending rate|credits) exceeded|sending rate exceeded",
        r"tenant has exceeded threshold|too many (messages|e?mails|recipients) (sent )?from you",
        # Accounts that are closed or not verified: SES, Exchange 5.1.8, hosts of many kinds.
        r"sending (is |has been )?(paused|suspended|disabled|blocked)",
        r"(your|sender'?s?|sending|smtp) (\w+ )?account (is|has been|was)? ?[\w\s]*"
        r"(suspend|block|disabl|paus|restrict|lock)",
        r"account (is |has been )?(suspended|restricted|locked) (for|due|because|from|pending)",
        r"outbound sender|not (a )?verified|unverified|not been verified",
        r"(domain|sender|identity|address) is not allowed to send",
        # Relaying and addresses that an account may not use: Postfix, sendmail, qmail, Exim,
        # Exchange 5.7.60 and 5.7.64.
        r"relay(ing)? (access )?(is )?(denied|not permitted|not allowed|prohibited)",
        r"not (permitted|allowed|authori[sz]ed) to (relay|send)",
        r"(unable|cannot|refuse[sd]?|won'?t) to relay|rcpthosts|relay access",
        r"not owned by|permissions? to send as|sendas ?denied",
        r"sender (address |domain |verify |verification )?(was |is |has been )?"
        r"(rejected|denied|blocked|refused|failed|not allowed|unauthenticated|unknown)",
        r"(bad|invalid|forged|unresolvable|unauthori[sz]ed) sender|domain of sender",
        r"client host rejected|(client|connection|host|server) (was |is )?(blocked|banned)",
        r"authentication (is )?(required|failed|unsuccessful)|must (first )?authenticate",
        r"not authenticated|username and password not accepted",
        # Policies on who sends: RFC 7208, 6376, 7489 by name; blocklists; reverse DNS.
        r"\b(spf|dkim|dmarc|dmarcbis|arc)\b|unauthenticated (mail|e?mail|sender)",
        r"block ?list|black ?list|deny ?list|\b(dns|uri|r)bls?\b|spamhaus|spamcop|barracuda"
        r"|blocked using|sorbs|uceprotect|abusix|invaluement",
        r"\breputation\b|banned sending ip|(ip|network) (address )?[\w\s.:\[\]]*"
        r"(blocked|banned|is listed)|temporarily deferred due to",
        r"reverse dns|\brdns\b|\bptr\b|does not (match|resolve)[\w\s]*(helo|ehlo|ip)",
        r"poor sending|unusual (rate|volume|traffic)|unsolicited mail originating",
    ),
    _words(
        Cause.MAILBOX,
        # Full, or more mail than it takes: RFC 3463 X.2.2; Gmail 4.2.1, 5.2.1, 5.2.2.
        r"(mailbox|inbox|account|postfach|user'?s? disk|maildir|folder|boîte|buzón)\b[\w\s'<>@.-]*"
        r"\b(is )?(full|voll|pleine|llen[oa]|over ?quota|over its quota|out of (storage )?space)",
        r"over ?(the )?(storage )?quota|overquota|(disk|storage|mailbox|user'?s?) quota",
        r"quota (is |was |has been )?(exceeded|full|violation|überschritten)",
        r"(exceed\w*|violat\w*) (its |the |his |their |storage |mailbox )*(quota|storage|space|"
        r"mailbox size)",
        r"mailbox size limit|insufficient (system |disk |mailbox )?storage|not enough (disk )?"
        r"space|out of storage|speicherplatz|kontingent",
        r"receiving mail (at a rate|too quickly)|recipient[\w\s]* rate limit",
        r"only accepts? (mail|messages) from|accepts only (mail|messages) from|not on (the|his) "
        r"(allowed|accepted) senders",
    ),
    _words(
        Cause.MESSAGE,
        r"(message|mail|e-?mail|size)\b[\w\s]*\b(too (big|large)|exceeds?[\w\s]*"
        r"(size|limit|maximum))|message size|max(imum)? (message )?size",
        r"\bspam\b|junk|unsolicited|\bvirus|malware|infected|phish|bulk (mail|e?mail)",
        r"(message |mail )?content (rejected|refused|not accepted|denied|policy)|suspicious",
        r"line (too|length)|bare (cr|lf)|(bad|invalid|missing|malformed) header"
        r"|(blocked|forbidden|prohibited|illegal) attachment|attachments? (type|is|are) not",
    ),
    _words(
        Cause.TEMPORARY,
        r"gr[ea]y-?list|try(ing)? again|try later|later time|temporar(y|ily)|vorübergehend",
        r"(name server|dns|host ?name|domain|mx)[\w\s]* (lookup|timed? ?out|timeout|"
        r"server fail)|servfail|name service error|no (answer|response) from",
        r"connection (timed out|refused|reset|lost|dropped|was closed)|timed? ?out|time-?out",
        r"could not connect|unreachable|expired|retry (time|timeout)|delivery time|hop count",
        r"too many (concurrent )?(connections|hops)|mail loop|loop detected|out of memory",
        r"local (configuration|error|problem)|system (resources|error)|overloaded|not responding",
        r"host (or domain name )?not found|domain (name )?not found|no route to host",
    ),
    _words(
        Cause.POLICY,
        r"\bpolic(y|ies)\b|administrative(ly)? (prohibi|block|den)|prohibited|richtlinie",
        r"message (was )?(rejected|refused|blocked|denied)\b|not accepting mail from",
    ),
    _words(
        Cause.RECIPIENT,
        # No such mailbox: what servers say where they give no code, or a general one.
        r"(user|recipient|mailbox|address|account|alias|empf(ä|ae)nger|benutzer|destinataire|"
        r"usuario|utilisateur|local ?part)\b[^.;:\n]{0,60}?\b(unknown|not (found|known|exist\w*|"
        r"listed|valid|active|local|here)|does(n'?t| not) exist|do not exist|no longer|"
        r"(is |has been )?(inactive|deactivated|disabled|discontinued|closed|deleted|expired|"
        r"invalid|suspended)|unbekannt|existiert nicht|nicht (gefunden|bekannt|vorhanden|"
        r"eingerichtet)|ung(ü|ue)ltig|inconnue?|introuvable|inexistante?|n'existe pas|"
        r"desconocid[oa]|no existe|couldn'?t be found|could not be found|wasn'?t found)",
        r"(unknown|no such|not (a )?(known|valid)|invalid|bad|unbekannte[rn]?|nonexist\w+|"
        r"undeliverable|unrout(e)?able|inactive|disabled) "
        r"(\w+ )?(user|recipient|mailbox|address|account|alias|destination|local ?part|person|"
        r"empf(ä|ae)nger|benutzer|domain|host)",
        r"no (such )?(user|mailbox|account|recipient|person|address)s?\b[\w\s]*"
        r"(here|by that|with that|found|exist|named|of that|at this)?",
        r"(does(n'?t| not)|no longer) (exist|have an? [\w.@ -]*account|accept mail)",
        r"mailbox (is )?(unavailable|not available|disabled|inactive)|not our customer",
        r"no mailbox here|this is not a valid|adresse[\w\s]* nicht|recip(ient)? ?not ?found",
        r"account that you tried to reach|not listed in|userid|did not exactly match",
    ),
)  # fmt: skip

# Enhanced status codes, the first figure aside (RFC 3463, IANA's registry).
_CODES: Mapping[str, Cause] = {
    "1.1": Cause.RECIPIENT,  # bad destination mailbox address
    "1.2": Cause.RECIPIENT,  # bad destination system address
    "1.3": Cause.RECIPIENT,  # bad destination mailbox address syntax
    "1.6": Cause.RECIPIENT,  # has moved
    "1.10": Cause.RECIPIENT,  # the domain takes no mail (RFC 7505)
    "1.7": Cause.SENDER,  # bad sender's mailbox address syntax
    "1.8": Cause.SENDER,  # bad sender's system address; Exchange: a bad outbound sender
    "1.90": Cause.SENDER,  # Exchange: the day's limit of recipients
    "2.0": Cause.MAILBOX,
    "2.1": Cause.RECIPIENT,  # disabled, not taking messages
    "2.2": Cause.MAILBOX,  # full
    "2.3": Cause.MESSAGE,  # longer than this mailbox takes
    "2.4": Cause.MAILBOX,
    "3.4": Cause.MESSAGE,  # too big for the system
    "7.2": Cause.MAILBOX,  # mailing list expansion prohibited
    "7.17": Cause.RECIPIENT,  # the mailbox has another owner (RFC 7293)
    "7.18": Cause.RECIPIENT,  # the domain has
    **{f"7.{number}": Cause.SENDER for number in (3, 5, 8, 9, 11, 13, 57, 60, 64)},
    **{f"7.{number}": Cause.SENDER for number in range(20, 31)},  # RFC 7372, 7505, 8689
}
# Where only the first of its two figures tells.
_SUBJECTS: Mapping[str, Cause] = {
    "3": Cause.TEMPORARY,  # the mail system
    "4": Cause.TEMPORARY,  # network and routing
    "6": Cause.MESSAGE,  # its content
    "7": Cause.POLICY,  # security or policy
}
_SMTP_CODES: Mapping[str, Cause] = {
    "521": Cause.TEMPORARY,  # the host takes no mail (RFC 7504)
    "530": Cause.SENDER,  # authentication required (RFC 4954), as the next three
    "534": Cause.SENDER,
    "535": Cause.SENDER,
    "538": Cause.SENDER,
    "551": Cause.RECIPIENT,  # user not local
    "552": Cause.MAILBOX,  # exceeded storage allocation
    "556": Cause.RECIPIENT,  # the domain takes no mail (RFC 7504)
}


def cause_of(text: str, status: str = "", stage: Stage | None = None) -> Cause:
    """Whose fault a refusal is.

    `text` is the server's answer or a bounce's diagnostic, `status` the enhanced code that a
    bounce states beside it, `stage` the SMTP command that was answered. What is refused before
    any recipient was named (MAIL) is the sender's or the provider's trouble. An answer that is
    temporary by its code is never the recipient's, and never the message's.
    """
    cause = _stated(text, status, stage)
    if stage == "mail" and cause is not Cause.MESSAGE:
        return Cause.SENDER
    if _is_temporary(text, status) and cause not in {Cause.SENDER, Cause.MAILBOX}:
        return Cause.TEMPORARY
    return cause


def _stated(text: str, status: str, stage: Stage | None) -> Cause:
    flat = " ".join(text.split())
    if "5.4.1" in f"{flat} {status}" and "access denied" in flat.lower():
        return Cause.RECIPIENT  # Exchange Online's directory knows no such recipient
    for words in _TEXTS:
        if _pattern(words.phrases).search(flat):
            return words.cause
    codes = (_by_code(code) for code in _codes(flat, status))
    cause = next(filter(None, codes), None)
    if cause is not None:
        return cause
    found = _SMTP.search(flat)
    code = found[1] if found else ""
    if code == "552" and stage == "data":
        return Cause.MESSAGE
    return _SMTP_CODES.get(code, Cause.UNCLEAR)


def _by_code(code: str) -> Cause | None:
    """What an enhanced code says, its first figure aside."""
    subject, _, detail = code.partition(".")
    if subject == "7" and int(detail) >= 500:
        return Cause.SENDER  # Exchange: banned addresses, tenants, domains
    return _CODES.get(code) or _SUBJECTS.get(subject)


def _codes(text: str, status: str) -> Iterator[str]:
    """Enhanced codes, the answer's own first; general ones (5.0.0) say nothing."""
    for found in (*_ENHANCED.finditer(text), *_ENHANCED.finditer(status)):
        if found[2] != "0":
            yield f"{int(found[2])}.{int(found[3])}"


def _is_temporary(text: str, status: str) -> bool:
    found = _SMTP.search(text) or _ENHANCED.search(text) or _ENHANCED.search(status)
    return found is not None and found[1].startswith("4")
