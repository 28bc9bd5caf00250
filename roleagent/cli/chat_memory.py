"""How a chat shows and erases the character's memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from roleagent.cli.line_reader import LineReader
from roleagent.cli.memory.forget import preview, preview_lines
from roleagent.cli.memory.search import found_table
from roleagent.cli.words import Remembered, counted, greeting_line, words_of
from roleagent.concurrency.blocking import LoopThread
from roleagent.types import Episode, Fact, Selection

if TYPE_CHECKING:
    from roleagent.agent.agent import Agent
    from roleagent.agent.conversation import Conversation
    from roleagent.store.rows import EpisodeMark


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMemory:
    """What the character remembers of the user, as far as the user may see it."""

    agent: Agent
    talk: Conversation
    loop: LoopThread
    console: Console
    reader: LineReader

    # ── to read ──────────────────────────────────────────────────────────────────────────────

    def tell(self) -> None:
        """Say in one line how much is remembered."""
        persona = self.agent.persona
        line = greeting_line(
            persona.name, self._remembered(), now=datetime.now(UTC), language=persona.language
        )
        self.console.print(Text(line, style="dim"))

    def search(self, words: str) -> None:
        """Search every conversation for some words."""
        found = self.loop.run(self.talk.recall(words))
        if found:
            self.console.print(found_table(found, words, self.agent.persona.name))
        else:
            self._note("nothing_found")

    def facts(self) -> None:
        """List what was learned and holds now."""
        learned = self._facts()
        for fact in learned:
            self.console.print(Text(f"- {fact.text}  [{fact.id}]"))
        if not learned:
            self._note("no_facts")

    def history(self) -> None:
        """Print this conversation."""
        episodes = self.loop.run(self.talk.history())
        for episode in episodes:
            who = "you" if episode.speaker == "user" else self.agent.persona.name
            self.console.print(Text(f"{episode.at:%Y-%m-%d %H:%M} {who}: {episode.text_and_seen}"))

    def thread_lines(self) -> dict[str, str] | None:
        """A line for each conversation, the latest last; None if this memory cannot list them."""
        marks = self._marks()
        if marks is None:
            return None
        language = self.agent.persona.language
        num_said = Counter(mark.thread.thread_id for mark in marks)
        last_at = {mark.thread.thread_id: mark.at for mark in marks}
        return {
            thread: f"{thread}  {counted(num_said[thread], 'message', language)}, {at:%Y-%m-%d %H:%M}"
            for thread, at in sorted(last_at.items(), key=lambda item: item[1])
        }

    def _facts(self) -> list[Fact]:
        graph = self.loop.run(self.talk.knowledge())
        return [fact for fact in graph.facts.values() if fact.layer == "learned" and fact.valid_to is None]

    def _remembered(self) -> Remembered:
        num_facts = len(self._facts())
        seen = self._marks()
        if seen is None:
            return Remembered(num_facts=num_facts)
        return Remembered(
            num_episodes=len(seen),
            num_threads=len({mark.thread.thread_id for mark in seen}),
            num_facts=num_facts,
            last_at=max((mark.at for mark in seen), default=None),
        )

    def _marks(self) -> list[EpisodeMark] | None:
        """The position of each utterance that this listener may know; None if the memory cannot say."""
        store = self.loop.run(self.agent.record())
        if store is None:
            return None
        sight = self.talk.sight
        return [mark for mark in store.episode_marks(self.talk.owner) if sight.may_see(mark.sight)]

    def _note(self, words: str) -> None:
        self.console.print(Text(words_of(self.agent.persona.language)[words], style="dim"))

    # ── to erase ─────────────────────────────────────────────────────────────────────────────

    def forget(self, asked: str) -> bool:
        """Show what would be erased (the last exchange, texts with some words, or all), ask, and erase it.

        Returns:
            Whether anything was erased.
        """
        what = self._selection(asked)
        if what is None:
            return False
        if not self._show(what):
            self._note("nothing_holds")
            return False
        if not self.reader.agrees(words_of(self.agent.persona.language)["sure"]):
            return False
        receipt = self.loop.run(self.talk.forget(what=what))
        self.console.print(Text(receipt.as_text()))
        return True

    def last_said(self) -> Episode | None:
        """What the user said last in this conversation; None if there is nothing."""
        last = self.loop.run(self.talk.history(limit=2))
        return next((episode for episode in reversed(last) if episode.speaker == "user"), None)

    def erase_exchange(self, said: Episode) -> None:
        """Erase an utterance of the user, its answer, and what was learned from them."""
        self.loop.run(self.talk.forget(what=self._exchange_of(said)))

    def _exchange_of(self, said: Episode) -> Selection:
        last = self.loop.run(self.talk.history(limit=4))
        return Selection(episodes=tuple(each.id for each in last if each.turn_id == said.turn_id))

    def _selection(self, asked: str) -> Selection | None:
        if asked == "all":
            return Selection()
        if asked == "last":
            said = self.last_said()
            if said is not None:
                return self._exchange_of(said)
            self._note("nothing_said")
            return None
        if asked:
            return Selection(matching=asked)
        self._note("forget_what")
        return None

    def _show(self, what: Selection) -> bool:
        """Print what would be erased; return False if that is nothing, True if the memory cannot say."""
        store, persona = self.loop.run(self.agent.record()), self.agent.persona
        if store is None:
            return True
        shown = preview(store, self.talk.owner, what)
        for line in preview_lines(shown, persona.name, persona.language) if shown else ():
            self.console.print(line)
        return bool(shown)
