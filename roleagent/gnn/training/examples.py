"""Worlds as arrays: what the network is shown, and what it should find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from roleagent.embedding.text_vectors import Matrix, TextVectors
from roleagent.gnn.fact_graph import FactGraph, Indices, fact_graph
from roleagent.gnn.training.talks import CHARACTER, Question, Talk
from roleagent.graph.graph import PersonaGraph


@dataclass(frozen=True, kw_only=True)
class Example:
    """One graph with all that is said about it.

    Attributes:
        questions: what is asked; those that follow on others after them.
        facts: the graph.
        asked: embeddings of the questions, the character as "you", [num_questions, dim].
        clues: [num_questions, num_facts, NUM_CLUES].
        wanted: which facts each question needs, [num_questions, num_facts].
        after: place of the question that was asked before, -1 at the start of a talk, [num_questions].
    """

    questions: tuple[Question, ...]
    facts: FactGraph
    asked: Matrix
    clues: Matrix
    wanted: NDArray[np.bool_]
    after: Indices

    @cached_property
    def depth(self) -> Indices:
        """How many utterances stand before each question, [num_questions]."""
        depth = np.zeros(len(self.after), np.int64)
        for place, before in enumerate(self.after):
            depth[place] = depth[before] + 1 if before >= 0 else 0
        return depth


def example_of(
    graph: PersonaGraph,
    questions: Sequence[Question],
    vectors: TextVectors,
    *,
    talks: Sequence[Talk] = (),
    character: str = CHARACTER,
) -> Example:
    """What a network reads of a graph and what is said about it; at least one question or talk."""
    after = [-1] * len(questions)
    questions = list(questions)
    for talk in talks:
        for place, question in enumerate(talk):
            after.append(len(questions) - 1 if place else -1)
            questions.append(question)
    facts = fact_graph(tuple(graph.facts.values()), graph, character, vectors)
    said = [facts.as_you(question.text) for question in questions]
    asked = vectors.of(said)
    clues = []
    for question, text, vector in zip(questions, said, asked, strict=True):
        mentioned = frozenset(graph.mentioned_in(question.text)) - {character}
        clues.append(facts.clues(text, facts.vectors @ vector, mentioned))
    wanted = np.array([[fact.id in question.facts for fact in facts.facts] for question in questions])
    return Example(
        questions=tuple(questions),
        facts=facts,
        asked=asked,
        clues=np.stack(clues),
        wanted=wanted,
        after=np.array(after, np.int64),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How well the facts of some questions were ranked.

    Attributes:
        recall_at_5: mean share of the needed facts among the first five, over questions that need any.
        all_at_5: share of questions with all needed facts among the first five.
        precision: of the facts above the floor, the share that was needed.
        recall: of the needed facts, the share above the floor.
        quiet: share of the questions that need none and got none above the floor.
        n: questions that need facts.
    """

    recall_at_5: float
    all_at_5: float
    precision: float
    recall: float
    quiet: float
    n: int

    def __str__(self) -> str:
        return (
            f"recall@5 {self.recall_at_5:.3f}  all in 5 {self.all_at_5:.3f}  "
            f"precision {self.precision:.3f}  recall {self.recall:.3f}  quiet {self.quiet:.3f}  n {self.n}"
        )


def measure(scored: Iterable[tuple[NDArray[np.bool_], Matrix]], *, floor: float) -> Found:
    """How well scores find what is needed.

    Args:
        scored: for each question, which facts it needs and the facts' scores, both [num_facts].
        floor: facts above it are told.
    """
    recalls, alls, silent = [], [], []
    told = needed = right = 0
    for wanted, scores in scored:
        above = scores > floor
        told, needed = told + int(above.sum()), needed + int(wanted.sum())
        right += int((above & wanted).sum())
        if not wanted.any():
            silent.append(not above.any())
            continue
        first = np.argsort(-scores, kind="stable")[:5]
        share = wanted[first].sum() / wanted.sum()
        recalls.append(share)
        alls.append(share == 1)
    return Found(
        recall_at_5=float(np.mean(recalls or [0])),
        all_at_5=float(np.mean(alls or [False])),
        precision=right / max(told, 1),
        recall=right / max(needed, 1),
        quiet=float(np.mean(silent or [False])),
        n=len(recalls),
    )
