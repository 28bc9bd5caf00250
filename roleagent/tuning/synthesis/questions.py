"""Questions about facts: those of their relation, or its sentence with a gap, each in many frames."""

from __future__ import annotations

import re
from collections.abc import Sequence

from roleagent.evaluation.telling import says
from roleagent.graph.schema import fact_sentence
from roleagent.persona.address import to_character
from roleagent.persona.traits import TRAITS
from roleagent.tuning.synthesis.stage import Stage, capitalised
from roleagent.tuning.synthesis.values import names_of
from roleagent.types import Fact

_NOT_ASKED = frozenset({"has_gender", "talks_in", "often_says", *(f"has_{trait}" for trait in TRAITS)})
_FEWEST = 12  # wordings of a fact that a model is to know by heart
_MOST_CHARS = 70  # of a value that a reply can be expected to name
_GAP = "\x00"
_NO_SENTENCE = re.compile(r"[:：]\s*\{object\}")
_KEEPS_CAPITAL = re.compile(r"I\b|I'")


def askable(stage: Stage) -> list[Fact]:
    """The facts that hold now, can be asked for by their value, and are told in the prompt or known without.

    Where the prompt holds no facts, those that its few words tell all the same are left out, and those that
    cannot be asked for in many ways.
    """
    is_held_out = stage.words.split == "held_out"
    brief = "" if stage.facts_in_prompt else stage.shown.summary
    return [
        fact
        for fact in stage.graph.facts.values()
        if fact.valid_to is None
        and fact.relation not in _NOT_ASKED
        and len(stage.graph.nodes[fact.object].label) <= _MOST_CHARS
        and not any(says(brief, name) for name in names_of(fact, stage.graph, stage.language) if brief)
        and len(wordings_of(stage, fact)) >= (1 if stage.facts_in_prompt or is_held_out else _FEWEST)
    ]


def wordings_of(stage: Stage, fact: Fact, *, subject: str = "") -> list[str]:
    """Every question for a fact's value in this split; none of them says it.

    Args:
        stage: whose words are used.
        fact: what is asked for.
        subject: what its subject is called; its name if empty.
    """
    plain, gaps = plain_questions(stage, fact, subject=subject), gapped(stage, fact, subject=subject)
    names = names_of(fact, stage.graph, stage.language)
    frames = stage.words.asked("frames", "ask")
    name = subject or stage.graph.nodes[fact.subject].label
    asked = [*gaps[1:], *(framed(frame, core, name) for core in (*plain, *gaps[:1]) for frame in frames)]
    return [each for each in asked if not any(says(each, name) for name in names)]


def plain_questions(stage: Stage, fact: Fact, *, subject: str = "") -> list[str]:
    """Questions that the words have for a relation."""
    is_own = fact.subject == stage.persona.node_id and not subject
    cores = stage.words.asked("ask", fact.relation, "own" if is_own else "other")
    name = subject or stage.graph.nodes[fact.subject].label
    return [capitalised(each.format(subject=name)) for each in cores]


def gapped(stage: Stage, fact: Fact, *, subject: str = "") -> list[str]:
    """The sentence of a fact as a question: with "what" in place of its value, or broken off before it.

    Only for relations without questions of their own. The first is the bare sentence, which fits into frames.
    """
    template = stage.graph.relations[fact.relation].text.get(stage.language, "")
    if stage.words.table("ask", fact.relation) or _NO_SENTENCE.search(template):
        return []
    graph, relation = stage.graph, stage.graph.relations[fact.relation]
    node = graph.nodes[fact.object]
    kind = {"person": "person", "animal": "person", "place": "place"}.get(node.type, "thing")
    asks = str(stage.words.table("echo", kind))
    name = subject or graph.nodes[fact.subject].label

    def put(value: str) -> str:
        said = fact_sentence(relation, subject_label=name, object_label=value, language=stage.language)
        return to_character(said, stage.persona).rstrip(".。")

    statement, (gap, _, rest) = put(asks), put(_GAP).partition(_GAP)
    made, mark = [], "？" if stage.language == "zh" else "?"
    for line in ("{Statement}" + mark, *stage.words.asked("echo", "ask")):
        if "{gap}" in line and (rest.strip() or len(gap) < 3):
            continue
        slots = {"statement": small(statement, name), "Statement": statement, "gap": gap.strip()}
        made.append(line.format(**slots))
    return made


def framed(frame: str, question: str, name: str = "") -> str:
    """A question in a frame: ``{q}`` as it is, ``{l}`` with a small first letter, unless a name opens it."""
    return frame.format(q=question, l=small(question, name))


def small(text: str, name: str = "") -> str:
    """A text that does not begin with a capital, unless that is the name's or of "I"."""
    if _KEEPS_CAPITAL.match(text) or (name and text.startswith(name) and name[:1].isupper()):
        return text
    first = text.split(" ", 1)[0]
    return text if first.isupper() and len(first) > 1 else text[:1].lower() + text[1:]


def alike(stage: Stage, fact: Fact) -> Sequence[Fact]:
    """All facts that answer the same question now, this one included."""
    found = stage.graph.values(fact.subject, fact.relation)
    return [each for each in found if each.valid_to is None] or [fact]
