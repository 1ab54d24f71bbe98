"""Summaries: sentences of the articles or, if one is configured, those of a language model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from digest.flows.protocols import Chat
from digest.model import Failure, Story, SummarizedStory, Summary
from digest.stories.summarize import summarize
from digest.stories.summarize.llm import Rejected, accept, request

_PATIENCE = 3  # failures in a row, after which the endpoint is not called again


class ExtractiveSummarizer:
    """Sentences word for word from the articles."""

    def summarize(self, story: Story, *, known: Iterable[str] = ()) -> SummarizedStory:
        """See `digest.stories.summarize.summarize`."""
        return summarize(story, known=known)


@dataclass(slots=True, kw_only=True)
class ModelSummarizer:
    """A model's summaries where they pass the checks, else extractive ones, for one build.

    Asks for the first `stories` that have a summary, and gives up on an endpoint that fails three
    times in a row.
    """

    chat: Chat
    model: str
    stories: int
    failures: int = 0

    def summarize(self, story: Story, *, known: Iterable[str] = ()) -> SummarizedStory:
        """Headline and conflicts are always those of the extractive summary."""
        known = tuple(known)
        extracted = summarize(story, known=known)
        if not extracted.summary.sentences or self.stories < 1 or self.failures >= _PATIENCE:
            return extracted
        self.stories -= 1
        try:
            return replace(extracted, summary=self._worded(story, known))
        except Rejected as reason:
            return replace(extracted, unused=str(reason))

    def _worded(self, story: Story, known: tuple[str, ...]) -> Summary:
        answer = self.chat.ask(request(story, model=self.model, known=known))
        if isinstance(answer, Failure):
            self.failures += 1
            raise Rejected(f"no answer: {answer.reason}")
        self.failures = 0
        return accept(answer, story, model=self.model, known=known)
