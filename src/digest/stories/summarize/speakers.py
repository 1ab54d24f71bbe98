"""Whose words a sentence gives, where it names the speaker as somebody known."""

from __future__ import annotations

import re

from digest.text import words

# Whose words these are: "..., the official said" and "..., Holm said".
_SPEAKER = re.compile(
    r"^As (?P<as>[A-Z][\w’'-]+) (?:says?|said|put|wrote|[a-z]+ed) "
    r"|[,\"”’»]\s(?:the (?P<who>(?:[a-z]+ ){1,3})(?:said|says|told|added|wrote)"
    r"|(?P<name>(?:(?:D[aei]|El|La|Le|Van|Von) (?:l[ao]s? |de[nr] )?)?[A-Z][\w’'-]+)"
    r" (?:said|says|added|wrote|told)"
    r"|(?:said|says|added) the (?P<by>[a-z]+(?: [a-z]+)?)(?=[,.])"
    r"|(?:said|says|added) (?P<after>[A-Z][\w’'-]+)\b(?! [A-Z]))"
)
_SPEAKER_ELSEWHERE = {
    "de": re.compile(
        r"\b(?:sagten?|erklärten?|betonten?|meinten?|so|berichteten?|schrieb|teilten?|fügte"
        r"|heißt es) (?:(?:von )?(?:d(?:er|ie|as)|im|in der) (?:[a-zäöü]+e[nr]? )?"
        r"(?P<who>[A-ZÄÖÜ]\w+)\b(?! (?:der|des|von|vom|für|aus|[A-ZÄÖÜ]))"
        r"|(?P<name>[A-ZÄÖÜ]\w+)\b(?=[.,]| (?:am|im|in|bei|dem|der|den|zu|mit|hinzu)\b))"
    ),
    "fr": re.compile(
        r"\b(?:a[- ](?:\w+ )?(?:déclaré|dit|expliqué|ajouté|indiqué|affirmé|souligné|précisé)"
        r"|disait|selon|explique|affirme|ajoute|souligne|précise|déclare|indique)"
        r" l(?:[ae] |['’])(?P<who>[a-zà-ÿ-]+)\b"
        r"(?! (?:d[eu]s?\b|d['’]|[a-zà-ÿ]+ d[eu]s?\b|[A-ZÀ-Þ]))"
    ),
    "es": re.compile(
        r"\b(?:dij|indic|señal|explic|afirm|asegur|agreg|añadi|declar|precis|subray)[oó]"
        r" (?:el|la) (?P<who>[a-zà-ÿ]+)\b(?! (?:del?|[a-zà-ÿ]+ del?|[A-ZÀ-Þ]))"
    ),
    "it": re.compile(
        r"\bha (?:detto|dichiarato|spiegato|aggiunto|affermato) (?:il|la) (?P<who>[a-zà-ÿ]+)\b"
        r"(?! (?:d[ei]l?l?[aeo]?\b|[A-ZÀ-Þ]))"
    ),
}


def speaker(text: str, language: str) -> tuple[str, ...]:
    """The words that name the speaker: of a last name, or of a noun ("the official").

    Nobody where the sentence says itself who that is ("said Vera Holm", "the head of the office").
    """
    match = _SPEAKER_ELSEWHERE.get(language, _SPEAKER).search(text)
    return words("".join(filter(None, match.groups()))) if match else ()
