"""The phrases around the news, in the reader's language: one catalogue for each."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from babel import Locale

Forms = Mapping[str, str]  # plural category (Unicode CLDR) -> phrase
Phrases = Mapping[str, str | Forms]

_ENGLISH = Locale("en")
_PLURALS = {"zero", "one", "two", "few", "many", "other"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strings:
    """The phrases of one language, with English where it has none."""

    locale: Locale
    own: Phrases  # none where there is no catalogue for the language
    english: Phrases

    @classmethod
    def of(
        cls, locale: Locale, read: Callable[[str], Sequence[str]], *, mark: bool = False
    ) -> Strings:
        """The phrases for a locale; `read` gives the catalogues of a tag, the last word last.

        "pt-BR" takes what "pt-BR" has, then "pt", then English. With `mark` a phrase that an
        existing catalogue lacks is in ⟦brackets⟧, so that nobody overlooks it.
        """
        english = _parse(read("en"))
        own: dict[str, str | Forms] = {}
        for tag in dict.fromkeys((locale.language, str(locale).replace("_", "-"))):
            own |= _parse(read(tag))
        if mark and own:
            own = {**{key: f"⟦{key}⟧" for key in english}, **own}
        return cls(locale=locale, own=own, english=english)

    @property
    def language(self) -> str | None:
        """The language of what is said, where it is not the locale's: "en"."""
        return None if self.own else _ENGLISH.language

    def phrase(self, key: str, number: int | None = None) -> str:
        """A phrase with its {names} still open; KeyError where no catalogue has it."""
        if key in self.own:
            return _form(self.own[key], self.locale, number)
        return _form(self.english[key], _ENGLISH, number)


def flaw(phrases: Mapping[str, object], english: Phrases) -> tuple[str, str] | None:
    """The first key whose phrase cannot be used, with the reason; None where all are valid.

    A phrase may have {n} and the {names} of the English one of its key; one of a key of its own
    belongs to a template that knows its names.
    """
    for key, phrase in phrases.items():
        forms = phrase if isinstance(phrase, dict) else {"other": phrase}
        names = _names(english[key]) | {"n"} if key in english else None
        reason = _flaw(forms, names)
        if reason is not None:
            return key, reason
    return None


def _flaw(forms: Mapping[str, object], names: set[str] | None) -> str | None:
    strange = sorted(forms.keys() - _PLURALS)
    if strange or "other" not in forms:
        named = f", not {strange[0]!r}" if strange else ""
        return f"write the forms one, two, few, many and (always) other{named}"
    for text in forms.values():
        if not isinstance(text, str):
            return "write it in quotation marks"
        try:
            fields = [field for field in Formatter().parse(text) if field[1] is not None]
        except ValueError as error:
            return f"{error}; write a brace that is meant to be seen twice"
        for _, name, layout, conversion in fields:
            known = str(name).isidentifier() if names is None else name in names
            if layout or conversion or not known:
                return f"{{{name}}} is no name that it may have; see ours in English"
    return None


def _names(phrase: str | Forms) -> set[str]:
    forms = [phrase] if isinstance(phrase, str) else phrase.values()
    return {name for text in forms for _, name, _, _ in Formatter().parse(text) if name}


def _form(found: str | Forms, locale: Locale, number: int | None) -> str:
    if isinstance(found, str):
        return found
    return found.get(locale.plural_form(number or 0)) or found["other"]


def _parse(texts: Sequence[str]) -> dict[str, str | Forms]:
    phrases: dict[str, str | Forms] = {}
    for text in texts:
        phrases |= tomllib.loads(text)
    return phrases
