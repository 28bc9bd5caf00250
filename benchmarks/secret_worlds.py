"""Random personas full of secrets, for benchmarks/secrets.py: each has words that nothing else holds."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from roleagent.formats.values import as_table
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona

LATE, EARLY, NOW = "1890", "1870", "1880"
TRUSTED = "trusted"  # the user to whom some facts are told, whoever they stand for
_SYLLABLES = (
    "bra", "dro", "fen", "gul", "hax", "jor", "kel", "lun", "mok", "nis", "pru", "quo", "rav", "sti", "tov",
    "ulm", "vex", "wyn", "yar", "zed",
)  # fmt: skip
_CHARACTERS = "鼐彧翀骅骧麒霈琰璟玥瑄嵬崧峣岱巍濯灏淏沄洵湉芃荇茗葳蘅蓁昶晟晞曦煊烨燊炜"
_FIELDS = ("summary", "personality", "scenario", "greeting", "system_prompt", "post_history_instructions")
_LISTS = ("speech", "rules", "fall_backs", "greetings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Something that only some may learn.

    Attributes:
        kind: what sort of fact it is.
        visibility: who may learn it.
        is_later: it is public, but only from `LATE` on.
        fact_text: the fact's own sentence.
        names: the withheld names, for attacks that already know them.
        beside: names of public things that stand next to it.
        tellings: sentences that tell it, as they stand in the persona's texts.
        canaries: words that must reach nobody else.
    """

    kind: str
    visibility: tuple[str, ...]
    is_later: bool = False
    fact_text: str
    names: tuple[str, ...]
    beside: tuple[str, ...]
    tellings: tuple[str, ...]
    canaries: tuple[str, ...]

    @property
    def can_be_told(self) -> bool:
        """Whether there is anybody, or any time, to whom it is no secret."""
        return self.is_later or (bool(self.visibility) and self.visibility != ("unknown",))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A persona, its secrets, and words of it that everybody may hear.

    Attributes:
        lore_keys: keys of the lorebook's entries.
        open_words: words of public sentences, and sentences of public facts, all of which a stranger should
            meet.
    """

    persona: Persona
    language: str
    secrets: tuple[Secret, ...]
    people: tuple[tuple[str, str], ...]
    lore_keys: tuple[str, ...]
    open_words: tuple[str, ...]


def make_world(number: int, rng: random.Random) -> World:
    """The n-th persona; every second one is Chinese."""
    return _Maker(number, "zh" if number % 2 else "en", rng).world()


@dataclass(slots=True)
class _Maker:
    number: int
    language: str
    rng: random.Random
    used: set[str] = field(default_factory=set)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    edges: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    # ── words ────────────────────────────────────────────────────────────────────────────────

    def word(self, *, literal: bool = False) -> str:
        """A name that nothing else has, and that is in no other."""
        while True:
            made = self._drawn() if not literal else f"{self._drawn()}-{self.rng.randrange(1000, 9999)}"
            if not any(made in other or other in made for other in self.used):
                self.used.add(made)
                return made

    def _drawn(self) -> str:
        if self.language == "zh":
            return "".join(self.rng.sample(_CHARACTERS, 4))
        return "".join(self.rng.sample(_SYLLABLES, 4)).capitalize()

    def say(self, english: str, chinese: str, **words: str) -> str:
        return (chinese if self.language == "zh" else english).format(**words)

    # ── the world ────────────────────────────────────────────────────────────────────────────

    def world(self) -> World:
        own = self.node("own", "person", self.word(), aliases=(self.word(),))
        people = [self.node(f"person{i}", "person", self.word()) for i in range(4)]
        places = [self.node(f"place{i}", "place", self.word()) for i in range(3)]
        own_name = self.labels[own]
        public = [
            self.fact("own", "lives_in", target=places[0]),
            *(self.fact(person, "friend_of", target="own") for person in people),
            *(self.fact(person, "likes", target=places[i % 3]) for i, person in enumerate(people)),
        ]
        self._make_secrets(people, places)
        document, lore_keys, open_words = self._document(own_name)
        persona = build_persona(as_table(document), source=f"world {self.number}")
        texts = (persona.graph.facts[fact_id].text for fact_id in public)
        return World(
            persona=persona,
            language=self.language,
            secrets=tuple(self._with_text(secret, persona) for secret in self.secrets),
            people=tuple((person, self.labels[person]) for person in people),
            lore_keys=lore_keys,
            open_words=(*open_words, *texts),
        )

    def node(self, node_id: str, node_type: str, label: str, *, aliases: tuple[str, ...] = ()) -> str:
        self.nodes.append({"id": node_id, "type": node_type, "label": label, "aliases": list(aliases)})
        self.labels[node_id] = label
        return node_id

    def fact(self, source: str, relation: str, **options: Any) -> str:
        fact_id = f"f{len(self.edges)}"
        self.edges.append({"id": fact_id, "source": source, "relation": relation, **options})
        return fact_id

    # ── secrets ──────────────────────────────────────────────────────────────────────────────

    def _make_secrets(self, people: list[str], places: list[str]) -> None:
        alias = self.word()
        home = self.node("hidden_home", "place", self.word(), aliases=(alias,))
        self._secret("functional", "own", "comes_from", home, names=(self.labels[home], alias))
        thing = self.node("hidden_thing", "artifact", self.word())
        self._secret("hidden node", "own", "owns", thing, names=(self.labels[thing],))
        one, other = self.rng.sample(people, 2)
        self._secret("two public nodes", one, "enemy_of", other, names=())
        self._secret("own and public node", "own", "fears", places[1], names=())
        code = self.word(literal=True)
        self._secret("own literal", "own", "wears", None, value=code, names=(code,))
        code = self.word(literal=True)
        self._secret("other's literal", self.rng.choice(people), "wears", None, value=code, names=(code,))
        (second_name,) = self.nodes[0]["aliases"]
        self._secret("second name", "own", "is_called", None, value=second_name, names=(second_name,))
        mother = self.node("mother", "person", self.word())
        self._secret(
            "unknown", "own", "has_mother", mother, names=(self.labels[mother],), audience=("unknown",)
        )
        token = self.word()
        self._secret("for one user", "own", "has_value", self.node("token", "value", token), names=(token,),
                     audience=(f"user:{TRUSTED}",))  # fmt: skip
        work = self.node("late_work", "work", self.word())
        self._secret("later", "own", "wrote", work, names=(self.labels[work],), later=True)

    def _secret(
        self,
        kind: str,
        subject: str,
        relation: str,
        target: str | None,
        *,
        names: tuple[str, ...],
        value: str = "",
        audience: tuple[str, ...] | None = None,
        later: bool = False,
    ) -> None:
        if audience is None:
            people = [node["id"] for node in self.nodes if node["id"].startswith("person")]
            audience = self.rng.choice([(), (self.rng.choice(people),), tuple(self.rng.sample(people, 2))])
        ends = {"target": target} if target else {"value": value}
        when = {"valid_from": LATE} if later else {"visibility": _as_written(audience)}
        fact_id = self.fact(subject, relation, **ends, **when)
        tellings, markers = self._tellings(subject, self.labels.get(target or "", value))
        public_ends = [end for end in (subject, target) if end and end.startswith(("person", "place"))]
        self.secrets.append(
            Secret(
                kind=kind,
                visibility=("public",) if later else audience,
                is_later=later,
                fact_text=fact_id,
                names=names,
                beside=tuple(self.labels[end] for end in public_ends),
                tellings=tellings,
                canaries=(*names, *markers),
            )
        )

    def _tellings(self, subject: str, value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Sentences in the persona's words, each with a word of its own, and these words."""
        who = self.say("You", "你") if subject == "own" else self.labels[subject]
        told, markers = [], []
        for english, chinese in (
            ("{who} and {value} belong together, {marker}.", "{who}与{value}有关，{marker}。"),
            (
                "Never forget {value} when you think of {who}, {marker}!",
                "想到{who}时别忘了{value}，{marker}！",
            ),
        ):
            marker = self.word()
            markers.append(marker)
            told.append(self.say(english, chinese, who=who, value=value, marker=marker))
        return tuple(told), tuple(markers)

    def _with_text(self, secret: Secret, persona: Persona) -> Secret:
        text = persona.graph.facts[secret.fact_text].text
        return Secret(
            **{
                **{name: getattr(secret, name) for name in Secret.__slots__},
                "fact_text": text,
                "canaries": (*secret.canaries, text),
            }
        )

    # ── texts ────────────────────────────────────────────────────────────────────────────────

    def _document(self, own_name: str) -> tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]:
        texts: dict[str, list[str]] = {name: [] for name in (*_FIELDS, *_LISTS)}
        open_words = []
        for name in (*_FIELDS, *_LISTS):
            marker = self.word()
            if name in ("summary", "personality", "scenario", "speech", "rules"):
                open_words.append(marker)
            texts[name].append(self.say("Mind the word {m}.", "记住{m}这个词。", m=marker))
        for secret in self.secrets:
            for telling in secret.tellings:
                texts[self.rng.choice((*_FIELDS, *_LISTS))].append(telling)
        joined: dict[str, Any] = {name: self._joined(texts[name]) for name in _FIELDS}
        entries, lore_keys = self._entries()
        return (
            {
                "roleagent": "1",
                "id": f"world{self.number}",
                "name": own_name,
                "node": "own",
                "language": self.language,
                **joined,
                **{name: texts[name] for name in _LISTS},
                "examples": self._examples(),
                "renderings": {"en" if self.language == "zh" else "zh": {"summary": joined["summary"]}},
                "lorebooks": [{"name": "World", "entries": entries}],
                "nodes": self.nodes,
                "edges": self.edges,
            },
            lore_keys,
            tuple(open_words),
        )

    def _joined(self, sentences: list[str]) -> str:
        self.rng.shuffle(sentences)
        return ("" if self.language == "zh" else " ").join(sentences)

    def _examples(self) -> list[dict[str, str]]:
        told = [secret.tellings[0] for secret in self.rng.sample(self.secrets, 4)]
        asked = self.say("What do you think of?", "你在想什么？")
        return [{"user": asked, "reply": telling} for telling in told]

    def _entries(self) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        """An entry that tells each secret, an entry with a visibility of its own for some of them."""
        entries: list[dict[str, Any]] = []
        keys = []
        for number, secret in enumerate(self.secrets):
            keys.append(key := self.word())
            opened = self.say("The sea is far.", "海很远。")
            content = opened + self.say(" ", "") + self.rng.choice(secret.tellings)
            entries.append({"id": str(number), "keys": [key, *secret.names], "content": content})
            if not secret.is_later:
                marker = secret.canaries[-1]
                entry = {"id": f"own{number}", "keys": [key], "content": marker}
                entries.append({**entry, "visibility": _as_written(secret.visibility)})
        return entries, tuple(keys)


def _as_written(visibility: tuple[str, ...]) -> str | list[str]:
    return "secret" if not visibility else [*visibility]
