"""Full-text search in all editions, with SQLite's FTS5 or PostgreSQL's tsvector.

Both are given the same words, split as FTS5 splits them, so that they find the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text

from digest.store.statements import reader
from digest.text import fold, words

_LONGEST = 200  # characters of a query that are read
_MOST = 12  # words of a query
_TOKENS = re.compile(r"[^\W_]+")
_TOKEN = 500  # characters; PostgreSQL takes 2,046 bytes
_POSITIONS = 16_383  # in a tsvector; a story has some hundred words
_ROOM = 1000  # rows reserved for an edition: the largest number of stories
# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic: few people type them.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670]")

CREATE = {
    "sqlite": (
        (
            "CREATE VIRTUAL TABLE story_search USING fts5(edition UNINDEXED, story UNINDEXED,"
            " headline UNINDEXED, language UNINDEXED, words,"
            " tokenize='unicode61 remove_diacritics 0')"
        ),
    ),
    "postgresql": (
        (
            "CREATE TABLE story_search (rowid bigint PRIMARY KEY,"
            ' edition text COLLATE "C" NOT NULL, story text NOT NULL, headline text NOT NULL,'
            " language text NOT NULL, words tsvector NOT NULL)"
        ),
        "CREATE INDEX ix_story_search_words ON story_search USING gin (words)",
    ),
}
_CLEAR = text("DELETE FROM story_search WHERE rowid > :first AND rowid <= :last")
_ADD = {
    "sqlite": text(
        "INSERT INTO story_search (rowid, edition, story, headline, language, words)"
        " VALUES (:row, :edition, :story, :headline, :language, :words)"
    ),
    "postgresql": text(
        "INSERT INTO story_search (rowid, edition, story, headline, language, words)"
        " VALUES (:row, :edition, :story, :headline, :language, CAST(:words AS tsvector))"
    ),
}
# An edition that is not published yet has no page to link to.
_FIND = {
    "sqlite": text(
        "SELECT edition, story, headline, language FROM story_search"
        " JOIN editions ON editions.id = edition"
        " WHERE story_search MATCH :query AND published_at IS NOT NULL"
        " ORDER BY story_search.rowid DESC LIMIT :limit"
    ),
    "postgresql": text(
        "SELECT edition, story, headline, language FROM story_search"
        " JOIN editions ON editions.id = edition"
        " WHERE words @@ CAST(:query AS tsquery) AND published_at IS NOT NULL"
        " ORDER BY story_search.rowid DESC LIMIT :limit"
    ),
}


class Found(NamedTuple):
    """A story of an edition."""

    edition: str
    story: str
    headline: str
    language: str


class Search:
    """Queries to the index."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)

    def find(self, asked: str, limit: int = 100) -> tuple[Found, ...]:
        """The stories whose headlines, sentences and outlets have all the words; newest first.

        A word also finds longer ones that begin with it; words "in quotation marks" are found
        as a phrase. Case and accents are ignored, and so is everything after 200 characters or
        12 words. No query fails; one without a word finds nothing.
        """
        engine = self._reader.dialect.name
        query = _QUERY[engine](_terms(asked))
        if not query:
            return ()
        with self._reader.begin() as connection:
            rows = connection.execute(_FIND[engine], {"query": query, "limit": limit})
            return tuple(Found(*row) for row in rows)


def index_edition(connection: Connection, edition: str, document: Mapping[str, Any]) -> None:
    """Index the stories of an edition, given as stored; earlier rows of it are replaced."""
    last = (date.fromisoformat(edition).toordinal() + 1) * _ROOM
    engine = connection.dialect.name
    connection.execute(_CLEAR, {"first": last - _ROOM, "last": last})
    stories = [story for section in document["sections"] for story in section["stories"]]
    rows = [
        {
            "row": last - number,  # the first story of the newest edition has the highest number
            "edition": edition,
            "story": story["id"],
            "headline": story["headline"],
            "language": story["language"],
            "words": _WORDS[engine](_words(_text_of(story))),
        }
        for number, story in enumerate(stories[:_ROOM])
    ]
    if rows:
        connection.execute(_ADD[engine], rows)


def _text_of(story: Mapping[str, Any]) -> str:
    sentences = (sentence["text"] for sentence in story["summary"])
    outlets = dict.fromkeys(article["outlet"] for article in story["articles"])
    return "\n".join((story["headline"], *sentences, *outlets))


def _words(written: str) -> list[str]:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", fold(written)))
    return [word for word in words(unicodedata.normalize("NFC", plain)) if word.strip("_")]


class _Term(NamedTuple):
    """Words in a row; the last one may go on, unless they were in quotation marks."""

    words: tuple[str, ...]
    goes_on: bool


def _terms(asked: str) -> list[_Term]:
    terms: list[_Term] = []
    for number, part in enumerate(re.split('["“”„«»]', asked[:_LONGEST])):
        found = _words(part)
        if number % 2 and found:
            terms.append(_Term(tuple(found), goes_on=False))
        else:
            terms += [_Term((word,), goes_on=len(word) > 1) for word in found]
    return terms[:_MOST]


def _fts5_query(terms: Iterable[_Term]) -> str:
    return " ".join(f'"{" ".join(term.words)}"' + "*" * term.goes_on for term in terms)


def _tsquery(terms: Iterable[_Term]) -> str:
    phrases = []
    for term in terms:
        tokens = [f"'{token}'" for token in _tokens(term.words)]
        if tokens:
            phrases.append("(" + " <-> ".join(tokens) + ":*" * term.goes_on + ")")
    return " & ".join(phrases)


def _tsvector(found: Iterable[str]) -> str:
    tokens = list(_tokens(found))[:_POSITIONS]
    return " ".join(f"'{token}':{place}" for place, token in enumerate(tokens, 1))


def _tokens(found: Iterable[str]) -> Iterator[str]:
    """The words as FTS5 splits them: at every character that is not alphanumeric."""
    for word in found:
        yield from (token[:_TOKEN] for token in _TOKENS.findall(word))


_QUERY = {"sqlite": _fts5_query, "postgresql": _tsquery}
_WORDS = {"sqlite": " ".join, "postgresql": _tsvector}
