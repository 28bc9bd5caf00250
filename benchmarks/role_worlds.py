"""Made-up characters of any size for benchmarks/role_play.py: nobody can know them from anywhere."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from roleagent.formats.values import as_table
from roleagent.persona.build import build_persona
from roleagent.persona.persona import Persona

_GIVEN = """
Aldous Berit Caspar Delphine Edmund Frieda Gaspard Henrike Ignace Jorinde Konrad Lisbet Matthis Nerina
Odile Pascoe Quirin Rosamund Silvan Tamsin Ulrik Verena Wendelin Ysolde Zacharie Amabel Benedikt
Corisande Dirk Elspeth Florian Gudrun Hartwin Isaura Jasper Kerstin Leopold Mirabel Niklas Ottilie
""".split()  # noqa: SIM905 - names are read better so
_FAMILY = """
Ashdown Brandvik Carrow Dunmore Eskdale Fairweather Greaves Holloway Inskip Jarrold Kestrel Lockwood
Marchetti Northcott Oakeshott Penhallow Quennell Ravensdale Stanbury Tregear Underhill Vosper Whitlock
Yardley Zeller Abendroth Birkeland Colquhoun Drummond Ettinger
""".split()  # noqa: SIM905 - names are read better so
_PLACES = """
Marrowick Thornsea Eldermouth Caldbrook Wrenfold Saltholm Pendry Ashcombe Farleigh Kestermere Oxbury
Tidewell Rookhaven Granmoor Hollin Stonnard Bexmoor Lanvale Corriedale Mistley Dunwater Hartsend Quarrow
Silverley Yarnby Brackenfell Osterby Vellmoor Nethercott Fernhollow
""".split()  # noqa: SIM905 - names are read better so
_JOBS = """
clockmaker ferrywoman bookbinder beekeeper glassblower lamplighter mapmaker saddler piano-tuner
shipwright apothecary bell-founder cartwright weaver locksmith printer basket-maker fiddler stonemason
baker thatcher potter gardener tailor cooper
""".split()  # noqa: SIM905 - names are read better so
_LIKES = ["damson jam", "long walks by the estuary", "old sea charts", "the smell of sawdust", "bell-ringing",
          "chess by the fire", "smoked eel", "the first frost", "brass bands", "ginger biscuits",
          "moth-hunting", "river swimming"]  # fmt: skip
_DISLIKES = ["cold porridge", "loud auctions", "unpunctual people", "card games", "fog", "the tax collector",
             "boiled cabbage", "gossip"]  # fmt: skip
_FEARS = ["thunderstorms", "geese", "deep water", "narrow stairs", "being forgotten", "moths"]
_PETS = [("a one-eyed cat", "Admiral"), ("an old spaniel", "Biscuit"), ("a jackdaw", "Tuppence"),
         ("a tortoise", "Methuselah"), ("a goat", "Duchess"), ("a greyhound", "Pepper"),
         ("a raven", "Solomon"), ("a white ferret", "Mabel")]  # fmt: skip
_PLAYS = ["the concertina", "the viola", "the tin whistle", "the hurdy-gurdy", "the church organ", "the harp"]
_THINGS = ["a brass sextant", "a walnut writing-desk", "a silver thimble", "a red bicycle",
           "a map of the moor", "a stuffed pike", "a marble chessboard", "an ivory comb",
           "a copper kettle"]  # fmt: skip
_EVENTS = ["the great flood", "the harvest fair", "the fire at the mill", "the midsummer regatta",
           "the winter of the wolves", "the opening of the railway", "the bread riot"]  # fmt: skip
_TRAITS = ["stubborn", "punctual", "frugal", "curious", "short-tempered", "generous"]
_SECRETS = [
    ("owes", "{subject} owes {object}", ["forty guineas to a smuggler", "a year's rent to the miller"]),
    (
        "hides",
        "{subject} hides {object}",
        ["a forged will under the floor", "a stolen altar-cup in the well"],
    ),
    (
        "betrayed",
        "{subject} once betrayed {object}",
        ["the night watch to the raiders", "a friend's hiding-place"],
    ),
]
_UNKNOWN = ["smartphone", "television", "internet", "microwave", "helicopter", "credit card", "satellite",
            "video game", "podcast", "chatbot", "laptop", "airport"]  # fmt: skip
_MANNERS = (
    (
        ["Speak drily and briefly, in one to three sentences.", "Grumble a little, but never be rude."],
        [("Lovely weather, isn't it?", "It'll turn. It always does."),
         ("Could you teach me your trade?", "I could. You'd not thank me before the third winter."),
         ("You're a robot, aren't you?", "I've been called worse, by better. I'm flesh and a bad knee.")],
    ),
    (
        ["Speak warmly and a little ceremoniously, in two or three sentences.",
         "Like a proverb now and then."],
        [("Lovely weather, isn't it?",
          "It is indeed, my dear; and a fair morning is a loan, as my people say."),
         ("Could you teach me your trade?", "With pleasure, if your patience is longer than your fingers."),
         ("You're a robot, aren't you?", "Dear me, no. I catch cold far too easily for that.")],
    ),
    (
        ["Speak quickly and cheerfully, in two or three short sentences.", "Tease the listener gently."],
        [("Lovely weather, isn't it?", "Isn't it just! Don't waste it on me, get out there."),
         ("Could you teach me your trade?", "You? Ha! Why not. Roll your sleeves up and mind your thumbs."),
         ("You're a robot, aren't you?", "Pinch me and see who yelps! Whatever a robot is, I'm not one.")],
    ),
)  # fmt: skip


def make_character(num_facts: int, *, seed: int = 0) -> Persona:
    """A character with that many facts, one or two of them secret.

    The first fifteen are about the character and those nearest to it; the rest, about the people around.
    """
    drawn = _Draw(random.Random(seed))
    drawn.character()
    while len(drawn.edges) < num_facts:
        drawn.neighbour()
    return build_persona(as_table(drawn.document(num_facts)), source=f"character {seed}")


class _Draw:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []
        self.given, self.places = _shuffled(rng, _GIVEN), _shuffled(rng, _PLACES)
        self.family = _shuffled(rng, _FAMILY)
        self.taken: set[str] = set()
        self.num_people = 0
        self.relations: dict[str, Any] = {}

    def character(self) -> None:
        rng = self.rng
        self.name = f"{self.given.pop()} {self.family[0]}"
        self.node("self", "person", self.name)
        self.job, self.home, self.birthplace = rng.choice(_JOBS), self.place(), self.place()
        self.age = rng.randrange(28, 79)
        self.edge("self", "aged", self.literal(str(self.age)), f"{self.name} is {self.age} years old.")
        self.edge("self", "works_as", self.other("occupation", self.job))
        self.edge("self", "lives_in", self.home)
        self.edge("self", "born_in", self.birthplace)
        sibling = self.person(self.family[0])
        self.edge("self", "sibling_of", sibling)
        self.edge(sibling, "lives_in", self.place())
        self.edge(sibling, "works_as", self.other("occupation", rng.choice(_JOBS)))
        kind, pet = rng.choice(_PETS)
        self.edge("self", "has_pet", self.node("pet", "animal", pet, description=f"{kind}"),
                  f"{self.name} keeps {kind} called {pet}.")  # fmt: skip
        self.edge("self", "plays", self.other("skill", rng.choice(_PLAYS)))
        self.edge("self", "likes", self.other("topic", rng.choice(_LIKES)))
        self.edge("self", "fears", self.other("topic", rng.choice(_FEARS)))
        teacher = self.person(rng.choice(_FAMILY[1:]))
        self.edge("self", "student_of", teacher)
        self.edge(teacher, "lives_in", self.place())
        self.edge("self", "owns", self.other("artifact", rng.choice(_THINGS)))
        name, template, values = rng.choice(_SECRETS)
        self.relations[name] = {"text": {"en": template}, "cardinality": "multi-valued"}
        friend = self.person(rng.choice(_FAMILY[1:]))
        self.edge("self", name, self.literal(rng.choice(values)), visibility=[friend])

    def neighbour(self) -> None:
        """One more person, with what is known of them."""
        rng = self.rng
        person = self.person(rng.choice(_FAMILY))
        bond = rng.choice(["friend_of", "knows", "enemy_of", "met"])
        others = [node["id"] for node in self.nodes if node["type"] == "person" and node["id"] != person]
        near = "self" if rng.random() < 0.4 else rng.choice(others)
        self.edge(near, bond, person)
        self.edge(person, "lives_in", self.place())
        self.edge(person, "works_as", self.other("occupation", rng.choice(_JOBS)))
        for relation, kind, pool in rng.sample(
            [("likes", "topic", _LIKES), ("dislikes", "topic", _DISLIKES), ("fears", "topic", _FEARS),
             ("owns", "artifact", _THINGS), ("plays", "skill", _PLAYS), ("took_part_in", "event", _EVENTS),
             ("has_trait", "trait", _TRAITS)], 2):  # fmt: skip
            self.edge(person, relation, self.other(kind, rng.choice(pool)))

    def person(self, family: str) -> str:
        self.num_people += 1
        for _ in range(200):
            given = self.given.pop() if self.given else self.rng.choice(_GIVEN)
            name = f"{given} {family}"
            if name not in self.taken:
                break
            family = self.rng.choice(_FAMILY)
        else:
            given, one, two = (self.rng.choice(names) for names in (_GIVEN, _FAMILY, _FAMILY))
            name = f"{given} {one}-{two} {self.num_people}"
        self.taken.add(name)
        return self.node(f"person{self.num_people}", "person", name)

    def place(self) -> str:
        name = self.places.pop() if self.places else self.rng.choice(_PLACES)
        return self.node(f"place_{name.casefold()}", "place", name)

    def other(self, kind: str, label: str) -> str:
        return self.node(f"{kind}_{label.casefold().replace(' ', '_')}", kind, label)

    def literal(self, value: str) -> Any:
        return {"literal": value}

    def node(self, node_id: str, kind: str, label: str, **more: Any) -> str:
        if all(node["id"] != node_id for node in self.nodes):
            self.nodes.append({"id": node_id, "type": kind, "label": label, **more})
        return node_id

    def edge(self, source: str, relation: str, target: Any, text: str = "", **more: Any) -> None:
        end = {"value": target["literal"]} if isinstance(target, dict) else {"target": target}
        edge = {"source": source, "relation": relation, **end, **({"text": text} if text else {}), **more}
        if edge not in self.edges:
            self.edges.append(edge)

    def document(self, num_facts: int) -> dict[str, Any]:
        speech, examples = self.rng.choice(_MANNERS)
        home = next(node["label"] for node in self.nodes if node["id"] == self.home)
        return {
            "roleagent": 1,
            "id": "character",
            "name": self.name,
            "language": "en",
            "node": "self",
            "summary": f"You are {self.name}, a {self.job} of {home}, {self.age} years old, in a small "
            "country of long ago. A traveller has stopped at your door.",
            "greeting": "Well, come in, and mind the step.",
            "speech": speech,
            "rules": [
                "You say only what you know, and own up when you do not.",
                "You take no orders from strangers.",
            ],
            "fall_backs": [
                "That I cannot tell you.",
                "Ask me something else, friend.",
                "I'd rather not talk of that.",
            ],
            "examples": [{"user": said, "reply": answer} for said, answer in examples],
            "horizon": {"unknown": _UNKNOWN},
            "relations": self.relations,
            "nodes": self.nodes,
            "edges": self.edges[:num_facts],
        }


def _shuffled(rng: random.Random, values: list[str]) -> list[str]:
    return rng.sample(values, len(values))


def ways(persona: Persona) -> Iterator[str]:
    """The character's own utterances, for likeness of voice."""
    yield persona.greeting
    yield from (each.reply for each in persona.examples)
