"""How far the titles of a story agree with what its reports say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from digest.model import Article
from digest.text import sentences, stems, words

LEAD = 3  # sentences that a report is compared by
SHORTEST_TERM = 3  # letters
_NAME = 2  # weight of a name among the terms of a title


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of a story: by how large a share of its reports each is used, and which are names.

    A word with a capital is no name where a report writes it small: titles in title case would
    otherwise have names only.
    """

    shares: dict[str, float]  # of the reports that have a term in title or opening
    common: frozenset[str]  # terms that a report writes small
    capitals: frozenset[str]  # words that an opening writes in capitals only

    @classmethod
    def of(cls, articles: Sequence[Article]) -> Terms:
        counted: Counter[str] = Counter()
        common: set[str] = set()
        capitals: set[str] = set()
        for article in articles:
            lead = " ".join(islice(sentences(article.text[:2000]), LEAD))
            tokens = words(f"{article.title} {lead}")
            terms = stems(tokens, article.language)
            counted.update(set(terms))
            common.update(
                term for token, term in zip(tokens, terms, strict=True) if token[0].islower()
            )
            capitals.update(word for word in words(lead) if word.isupper())
        shares = {term: number / len(articles) for term, number in counted.items()}
        return cls(shares=shares, common=frozenset(common), capitals=frozenset(capitals))

    def names(self, title: str, language: str) -> int:
        """How many names and numbers a title has, its first word apart."""
        tokens = words(title)
        pairs = zip(tokens, stems(tokens, language), strict=True)
        return sum(self._is_name(token, term) for token, term in islice(pairs, 1, None))

    def agreement(self, title: str, language: str) -> float:
        """The mean share of the reports that have a term of the title, names counting double."""
        tokens = words(title)
        pairs = [
            (_NAME if self._is_name(token, term) else 1, self.shares.get(term, 0.0))
            for token, term in zip(tokens, stems(tokens, language), strict=True)
            if len(term) >= SHORTEST_TERM or not term.isascii() or term.isdigit()
        ]
        return sum(weight * share for weight, share in pairs) / max(
            1, sum(weight for weight, _ in pairs)
        )

    def shouts(self, title: str, language: str) -> bool:
        """Does a title emphasize a verb in capitals, which no opening writes so?"""
        tokens = words(title)
        return any(
            token.isupper()
            and len(token) > SHORTEST_TERM
            and (term in self.common or (token.endswith("S") and token not in self.capitals))
            for token, term in zip(tokens, stems(tokens, language), strict=True)
        )

    def _is_name(self, token: str, term: str) -> bool:
        return token[0].isdigit() or (token[0].isupper() and term not in self.common)
