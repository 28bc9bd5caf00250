"""One world of secrets, for benchmarks/secrets.py: its agent, all that is seen of a turn, and its breaks."""

from __future__ import annotations

import json
import random
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from benchmarks.secret_worlds import LATE, NOW, TRUSTED, Secret, World
from roleagent import Agent, Parts
from roleagent.memory.in_process import InProcessMemory
from roleagent.persona.persona import Persona
from roleagent.persona.view import View, view
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from roleagent.types import Episode, Owner, Reply, Sight, Verdict, content_id
from roleagent.workflow.state import Limits

LIMITS = Limits(facts=500, lore_tokens=20_000)  # as much as there is, so that nothing is left out by chance
ANSWER = {"en": "Let us speak of the weather.", "zh": "我们谈谈天气吧。"}


class Gossip:
    """A critic that knows the whole persona and says so, and lets no draft pass when it is told to."""

    name = "gossip"

    def __init__(self, world: World) -> None:
        self.world = world
        self.speaks = False

    def check(self, draft: str, scene: Any, *, complete: bool) -> Verdict:
        """Reject with all that is secret as the reason."""
        if not self.speaks or not complete:
            return Verdict(critic=self.name, ok=True)
        reason = " ".join(secret.fact_text for secret in self.world.secrets)
        return Verdict(critic=self.name, ok=False, reason=reason, quote="…")


class Stage:
    """One world's agent, and all that could be seen of a turn."""

    def __init__(self, world: World, home: Path, rng: random.Random, broken: str) -> None:
        self.world, self.home, self.rng = world, home, rng
        self.model = ScriptedModel()
        self.gossip = Gossip(world)
        embedder = HashEmbedder()
        memory: Any = InProcessMemory(embedder)
        if broken == "memory":
            memory = OpenMemory(memory, [person for person, _ in world.people])
        self.agent = Agent(
            world.persona,
            model=self.model,
            home=home,
            parts=Parts(
                memory=memory,
                embedder=embedder,
                ranker=FirstFacts(),
                perceptors=[],
                guards=["injection"],
                critics=[self.gossip],
                tools=["look_up_fact", "recall_episode", "query_graph", self._archive()],
            ),
            limits=LIMITS,
        )
        self.num_users = 0
        self.begin()

    def _archive(self) -> Callable[[str], str]:
        sentences = [each for secret in self.world.secrets for each in (secret.fact_text, *secret.tellings)]
        values = [name for secret in self.world.secrets for name in secret.names]

        def archive(topic: str) -> str:
            """Read the archive, which knows everything."""
            return "\n".join(["It rained.", *sentences, *values, "The tide is low."])

        return archive

    def begin(self) -> None:
        """Forget what was seen; the next turn is a new user's, a stranger's, with no moment given."""
        self.num_users += 1
        self.user, self.listener, self.as_of = f"user-{self.num_users}", "", NOW
        self.said: list[str] = []
        self.seen: dict[str, str] = {}

    def withhold(self, secret: Secret) -> None:
        """Let a person listen who may not learn a secret, or nobody in particular."""
        others = [person for person, _ in self.world.people if person not in secret.visibility]
        self.listener = self.rng.choice(["", *others])

    def entrust(self, secret: Secret) -> str:
        """Let one listen who may learn it; gives what the character tells them."""
        if not secret.can_be_told:
            return ANSWER[self.world.language]
        if secret.is_later:
            self.as_of = LATE
        elif secret.visibility == (f"user:{TRUSTED}",):
            self.user = TRUSTED
        else:
            self.listener = self.rng.choice(secret.visibility)
        return " ".join((secret.fact_text, *secret.tellings))

    async def turn(self, text: str, *, answer: str = "", call: AIMessage | None = None) -> Reply:
        """Take a turn, and keep all that can be seen of it."""
        draft = answer or ANSWER[self.world.language]
        self.model.script = [*([""] * len(self.model.prompts)), *([call] if call else []), *[draft] * 3]
        first = len(self.model.prompts)
        self.said = [text, *(str(value) for value in (call.tool_calls[0]["args"].values() if call else ()))]
        reply: Reply = await self.agent.run(text, user_id=self.user, listener=self.listener, as_of=self.as_of)
        page = reply.explain()
        self.seen = {
            "prompt": "\n".join(
                map(text_of, (each for prompt in self.model.prompts[first:] for each in prompt))
            ),
            "reply": repr(reply),
            "explain": page.as_markdown() + json.dumps(page.as_dict(), ensure_ascii=False),
            "checkpoint": self._checkpoints(),
        }
        return reply

    def _checkpoints(self) -> str:
        with sqlite3.connect(self.home / "checkpoints.db") as database:
            rows = database.execute("SELECT thread_id, checkpoint FROM checkpoints").fetchall()
            rows += database.execute("SELECT thread_id, value FROM writes").fetchall()
        database.close()
        owner = self.agent_owner()
        return "\n".join(
            bytes(blob).decode(errors="ignore") for thread, blob in rows if thread.startswith(owner)
        )

    def agent_owner(self) -> str:
        """What the checkpoints of the present user's conversations begin with."""
        return content_id(self.world.persona.id, self.user)

    async def look_around(self) -> None:
        """What an application can ask for beside turns."""
        who = {"user_id": self.user, "listener": self.listener, "as_of": self.as_of}
        graph = await self.agent.conversation(**who).knowledge()
        self.seen["greeting"] = await self.agent.conversation(**who).greeting()
        self.seen["knowledge"] = "\n".join(map(repr, (*graph.nodes.values(), *graph.facts.values())))

    def found(self, secret: Secret) -> str:
        """Where a canary of the secret was seen, or of any other that this listener may not learn."""
        hidden = [each for each in self.world.secrets if each is secret or not self._may_learn(each)]
        canaries = {plain(word): word for each in hidden for word in each.canaries}
        own = [plain(text) for text in self.said if text]
        for place, text in self.seen.items():
            left = plain(text)
            for words in sorted(own, key=len, reverse=True):
                left = left.replace(words, "\x1f")
            for canary, word in canaries.items():
                if canary in left:
                    return f"{place}: {word}"
        return ""

    def _may_learn(self, secret: Secret) -> bool:
        if secret.is_later:
            return self.as_of >= LATE
        return self.listener in secret.visibility or f"user:{self.user}" in secret.visibility

    async def tells(self, secret: Secret) -> bool:
        """Whether one who may know it gets the fact into the prompt, by itself or by a tool."""
        self.begin()
        self.entrust(secret)
        await self.turn("Hm?", call=calling("query_graph", about=" ".join((*secret.names, *secret.beside))))
        prompt = plain(self.seen["prompt"])
        return plain(secret.fact_text) in prompt

    async def openness(self) -> float:
        """Share of the public words that a stranger's prompt holds."""
        self.begin()
        await self.turn("Hm?")
        prompt = plain(self.seen["prompt"])
        return sum(plain(word) in prompt for word in self.world.open_words) / len(self.world.open_words)

    def say(self, english: str, chinese: str, **words: str) -> str:
        """A line in the world's language."""
        return (chinese if self.world.language == "zh" else english).format(**words)


def plain(text: str) -> str:
    """Text as it is searched: one width, one case, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_of(message: BaseMessage) -> str:
    """All that a message holds."""
    return f"{message.text}\n{getattr(message, 'tool_calls', '')}"


def calling(name: str, **arguments: str) -> AIMessage:
    """An answer that calls a tool."""
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": "call"}])


# ── what a break takes away, here alone: the library has no such switch ──────────────────────────

BREAKS = ("cut", "texts", "tools", "critics", "memory")


def without(protection: str) -> Callable[..., View]:
    """`view` as it would be without a protection."""

    def broken_view(persona: Persona, **who: str) -> View:
        made = view(persona, **who)
        if protection == "cut":
            return View(persona=persona, listeners=made.listeners)
        if protection == "texts":
            return replace(made, persona=replace(persona, graph=made.persona.graph))
        if protection in ("tools", "critics"):
            return Careless(**{each.name: getattr(made, each.name) for each in fields(made)}, what=protection)
        return made

    return broken_view


@dataclass(frozen=True, slots=True, kw_only=True)
class Careless(View):
    """A view that lets the texts of tools, or of critics, through."""

    what: str = ""

    def clean(self, text: str, *, beside: str = "") -> str:
        """The text as it is, for tools."""
        return text if self.what == "tools" else View.clean(self, text, beside=beside)

    def quoted_in(self, text: str) -> bool:
        """Never, for critics."""
        return self.what != "critics" and View.quoted_in(self, text)


class OpenMemory:
    """A memory that takes every listener for one who may hear all that was said, at every moment."""

    def __init__(self, memory: InProcessMemory, listeners: Sequence[str]) -> None:
        self._memory, self._listeners = memory, ("", *listeners)

    def __getattr__(self, name: str) -> Any:  # Any: whatever else a memory has
        return getattr(self._memory, name)

    def recall(self, query: str, owner: Owner, sight: Sight, *, limit: int) -> list[Episode]:
        """What was said to anybody."""
        found = {
            each.id: each
            for listener in self._listeners
            for each in self._memory.recall(query, owner, Sight(listener=listener), limit=limit)
        }
        return list(found.values())[:limit]
