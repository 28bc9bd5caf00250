"""Build a persona from the document that a format's reader returns."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from roleagent.graph.graph import PersonaGraph
from roleagent.persona.check import Checker, validate
from roleagent.persona.document import (
    ExampleEntry,
    PersonaDocument,
    RenderingEntry,
    make_facts,
    make_nodes,
    make_relations,
)
from roleagent.persona.fields import to_lorebook
from roleagent.persona.persona import (
    Asset,
    Chapter,
    Credits,
    Example,
    Extension,
    Horizon,
    Persona,
    Rendering,
)
from roleagent.persona.problems import Problems, Table, TooManyProblemsError, collector_paused


@collector_paused()
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
        entries = validate(tree, problems)
        Checker(entries, make_relations(entries.relations), problems).run()
        document = entries.document
    if problems or document is None:
        problems.raise_all()
    return _persona(document, source)


def _persona(document: PersonaDocument, source: str) -> Persona:
    return Persona(
        id=document.id,
        name=document.name,
        nickname=document.nickname,
        summary=document.summary,
        graph=_graph(document),
        node_id=document.node_id,
        language=document.language,
        personality=document.personality,
        scenario=document.scenario,
        greeting=document.greeting,
        greetings=document.greetings,
        group_greetings=document.group_greetings,
        system_prompt=document.system_prompt,
        post_history_instructions=document.post_history_instructions,
        fall_backs=document.fall_backs,
        speech=document.speech,
        rules=document.rules,
        examples=_examples(document.examples),
        horizon=Horizon(
            until=document.horizon.until, unknown=document.horizon.unknown, known=document.horizon.known
        ),
        chapters=tuple(Chapter(**entry.model_dump()) for entry in document.chapters),
        lorebooks=tuple(map(to_lorebook, document.lorebooks)),
        assets=tuple(Asset(**entry.model_dump()) for entry in document.assets),
        credits=Credits(**{**dict(document.credits), "notes_in": tuple(document.credits.notes_in.items())}),
        renderings=tuple(_rendering(code, entry) for code, entry in document.renderings.items()),
        extensions=tuple(Extension(name=name, text=text) for name, text in document.extensions.items()),
        node_types=document.node_types,
        source=source,
    )


def _examples(entries: Iterable[ExampleEntry]) -> tuple[Example, ...]:
    return tuple(Example(user=entry.user, reply=entry.reply) for entry in entries)


def _rendering(language: str, entry: RenderingEntry) -> Rendering:
    tables = {
        "examples": _examples(entry.examples),
        "labels": tuple(entry.labels.items()),
        "texts": tuple(entry.texts.items()),
    }
    return Rendering(language=language, **{**dict(entry), **tables})


def _graph(document: PersonaDocument) -> PersonaGraph:
    relations = make_relations(document.relations)
    nodes = make_nodes(document.nodes, document.edges)
    labels = {node.id: node.label for node in nodes}
    facts = make_facts(document.edges, labels=labels, relations=relations, language=document.language)
    return PersonaGraph(nodes=nodes, facts=facts, relations=relations)
