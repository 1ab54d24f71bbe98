"""Full-text search in all editions, with SQLite's FTS5."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, text

from digest.text import fold, words

_LONGEST = 200  # characters of a query that are read
_MOST = 12  # words of a query
_ROOM = 1000  # rows reserved for an edition: the largest number of stories
# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic: few people type them.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670]")

CREATE = (
    "CREATE VIRTUAL TABLE story_search USING fts5(edition UNINDEXED, story UNINDEXED,"
    " headline UNINDEXED, language UNINDEXED, words, tokenize='unicode61 remove_diacritics 0')"
)
_CLEAR = text("DELETE FROM story_search WHERE rowid > :first AND rowid <= :last")
_ADD = text(
    "INSERT INTO story_search (rowid, edition, story, headline, language, words)"
    " VALUES (:row, :edition, :story, :headline, :language, :words)"
)
# An edition that is not published yet has no page to link to.
_FIND = text(
    "SELECT edition, story, headline, language FROM story_search"
    " JOIN editions ON editions.id = edition"
    " WHERE story_search MATCH :query AND published_at IS NOT NULL"
    " ORDER BY story_search.rowid DESC LIMIT :limit"
)


class Found(NamedTuple):
    """A story of an edition."""

    edition: str
    story: str
    headline: str
    language: str


class Search:
    """Queries to the index."""

    def __init__(self, engine: Engine) -> None:
        self._reader = engine.execution_options(readonly=True)

    def find(self, asked: str, limit: int = 100) -> tuple[Found, ...]:
        """The stories whose headlines, sentences and outlets have all the words; newest first.

        A word also finds longer ones that begin with it; words "in quotation marks" are found
        as a phrase. Case and accents are ignored, and so is everything after 200 characters or
        12 words. No query fails; one without a word finds nothing.
        """
        query = _query(asked)
        if not query:
            return ()
        with self._reader.begin() as connection:
            rows = connection.execute(_FIND, {"query": query, "limit": limit})
            return tuple(Found(*row) for row in rows)


def index_edition(connection: Connection, edition: str, document: Mapping[str, Any]) -> None:
    """Index the stories of an edition, given as stored; earlier rows of it are replaced."""
    last = (date.fromisoformat(edition).toordinal() + 1) * _ROOM
    connection.execute(_CLEAR, {"first": last - _ROOM, "last": last})
    stories = [story for section in document["sections"] for story in section["stories"]]
    rows = [
        {
            "row": last - number,  # the first story of the newest edition has the highest number
            "edition": edition,
            "story": story["id"],
            "headline": story["headline"],
            "language": story["language"],
            "words": " ".join(_words(_text_of(story))),
        }
        for number, story in enumerate(stories[:_ROOM])
    ]
    if rows:
        connection.execute(_ADD, rows)


def _text_of(story: Mapping[str, Any]) -> str:
    sentences = (sentence["text"] for sentence in story["summary"])
    outlets = dict.fromkeys(article["outlet"] for article in story["articles"])
    return "\n".join((story["headline"], *sentences, *outlets))


def _words(written: str) -> list[str]:
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", fold(written)))
    return [word for word in words(unicodedata.normalize("NFC", plain)) if word.strip("_")]


def _query(asked: str) -> str:
    """The query in FTS5 syntax, of words and phrases only."""
    terms: list[str] = []
    for number, part in enumerate(re.split('["“”„«»]', asked[:_LONGEST])):
        found = _words(part)
        if number % 2 and found:
            terms.append(f'"{" ".join(found)}"')
        else:
            terms += [f'"{word}"*' if len(word) > 1 else f'"{word}"' for word in found]
    return " ".join(terms[:_MOST])
