"""From a tree that a format's reader gives to a persona."""

from __future__ import annotations

import contextlib

from roleagent.persona.check import Checker
from roleagent.persona.document import PersonaDocument
from roleagent.persona.facts import make_facts, make_nodes, make_relations
from roleagent.persona.graph import PersonaGraph
from roleagent.persona.persona import Example, Horizon, Persona
from roleagent.persona.places import Table
from roleagent.persona.problems import Problems, TooManyProblemsError
from roleagent.persona.validate import validate


def build_persona(tree: Table, *, source: str) -> Persona:
    """Check a whole file and make the persona it describes.

    Args:
        tree: a persona document.
        source: the file, as the user named it.

    Raises:
        PersonaFileError: with everything that is wrong.
    """
    problems = Problems(source)
    document = None
    with contextlib.suppress(TooManyProblemsError):
        document = _checked(tree, problems)
    if problems or document is None:
        problems.raise_all()
    return _persona(document, source)


def _checked(tree: Table, problems: Problems) -> PersonaDocument | None:
    entries = validate(tree, problems)
    Checker(entries, make_relations(entries.relations), problems).run()
    return entries.document


def _persona(document: PersonaDocument, source: str) -> Persona:
    return Persona(
        id=document.id,
        name=document.name,
        summary=document.summary,
        graph=_graph(document),
        node_id=document.node_id,
        language=document.language,
        greeting=document.greeting,
        fall_backs=document.fall_backs,
        speech=document.speech,
        rules=document.rules,
        examples=tuple(Example(user=entry.user, reply=entry.reply) for entry in document.examples),
        horizon=Horizon(
            until=document.horizon.until, unknown=document.horizon.unknown, known=document.horizon.known
        ),
        source=source,
    )


def _graph(document: PersonaDocument) -> PersonaGraph:
    relations = make_relations(document.relations)
    nodes = make_nodes(document.nodes, document.edges)
    labels = {node.id: node.label for node in nodes}
    facts = make_facts(document.edges, labels=labels, relations=relations, language=document.language)
    return PersonaGraph(nodes=nodes, facts=facts, relations=relations)
