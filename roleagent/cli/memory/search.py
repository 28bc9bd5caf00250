"""`roleagent memory search`: what a character would recall, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from roleagent.cli.memory.paint import as_json, marked, moment, speaker
from roleagent.cli.memory.whose import AsJson, CharacterName, OneThread, Pair, find_pair, open_pair
from roleagent.cli.options import HomeFolder, Listener, Moment, UserName
from roleagent.errors import InputError
from roleagent.types import Episode

if TYPE_CHECKING:
    from roleagent.memory.recall.profile import RecallProfile
    from roleagent.memory.recorded import RecordedMemory


_SHOWN_FROM = 0.005  # less would be shown as 0.00

Without = Callable[[str], Sequence[Episode]]
Effects = dict[str, dict[str, float]]


def stage_effects(found: Sequence[Episode], stages: Sequence[str], recall_without: Without) -> Effects:
    """How much of its score each episode owes to each stage: id -> stage -> score lost without it.

    Stages build on each other, so the parts need not add up to the score. An episode that is not found
    without a stage counts as if it came last.

    Args:
        found: the episodes that the whole recall found, with scores.
        stages: names of the stages.
        recall_without: the same recall without one stage, with more results.
    """
    effects: Effects = {episode.id: {} for episode in found}
    for stage in stages:
        scores = {episode.id: episode.score or 0.0 for episode in recall_without(stage)}
        last = min(scores.values(), default=0.0)
        for episode in found:
            effects[episode.id][stage] = (episode.score or 0.0) - scores.get(episode.id, last)
    return effects


def effect_lines(found: Sequence[Episode], effects: Effects) -> Iterator[str]:
    """A line for each episode, the stages that mattered most first.

    >>> from datetime import datetime
    >>> from roleagent.types import Owner, Thread
    >>> thread = Thread(owner=Owner(persona_id="p", user_id="u"), thread_id="t")
    >>> hit = Episode(id="a", thread=thread, turn_id="1", speaker="user", text="Hi.", at=datetime(2026, 1, 1))
    >>> list(effect_lines([hit], {"a": {"words": 1.5, "time": 0.0, "questions": -2.0}}))
    ['1. questions -2.00, words +1.50']
    """
    for number, episode in enumerate(found, start=1):
        shown = [each for each in effects[episode.id].items() if abs(each[1]) >= _SHOWN_FROM]
        shown.sort(key=lambda each: -abs(each[1]))
        counted = ", ".join(f"{stage} {effect:+.2f}" for stage, effect in shown)
        yield f"{number}. {counted or 'nothing counted'}"


_REACH = 10  # how many times as many are recalled without a stage: an episode may fall far behind


def search(
    query: Annotated[str, typer.Argument(help="What to look for, in words or as a question.")],
    persona: CharacterName,
    user: UserName,
    thread: OneThread = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 10,
    tokens: Annotated[
        int | None, typer.Option("--tokens", min=1, help="As many as fit in so many tokens.")
    ] = None,
    listener: Listener = "",
    as_of: Moment = "",
    profile: Annotated[
        str, typer.Option("--profile", help="fast, quality or words; default: as the settings say.")
    ] = "",
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="STAGE", help="Leave a stage out; repeatable.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say what each stage did.")] = False,
    home: HomeFolder = None,
    as_json_: AsJson = False,
) -> None:
    """Search what was said, as the character does before it answers. Exits with 1 if nothing is in sight."""
    pair = find_pair(persona, user, listener=listener, as_of=as_of)
    chosen = _profile(profile, without or ())
    with _open_memory(pair, home, chosen) as memory:
        found = _recall(memory, query, pair, thread, limit=limit, tokens=tokens)
        effects = _effects(memory, chosen, query, pair, found) if explain else {}
    _print(found, effects, query, pair, as_json_=as_json_)
    if not found:
        raise typer.Exit(1)


def _profile(name: str, without: Sequence[str]) -> RecallProfile:
    from roleagent.memory.recall.profile import PROFILES, STAGES
    from roleagent.settings import get_settings

    name = name or get_settings().recall
    if name not in PROFILES:
        raise InputError(f"--profile is {name!r}, which is none of {', '.join(PROFILES)}.")
    if unknown := [stage for stage in without if stage not in STAGES]:
        raise InputError(f"--without is {unknown[0]!r}, which is none of {', '.join(STAGES)}.")
    return PROFILES[name].without(*without)


@contextmanager
def _open_memory(pair: Pair, home: Path | None, profile: RecallProfile) -> Iterator[RecordedMemory]:
    """The memory over a home's record, without an index: reading everything is as quick as opening one."""
    from roleagent import registry
    from roleagent.agent.assembly import DEFAULT_RERANKER
    from roleagent.memory.recorded import RecordedMemory
    from roleagent.settings import get_settings

    with open_pair(pair, home) as store:
        embedder = registry.get("embedder", get_settings().embedder) if profile.has("meaning") else None
        reranker = registry.get("reranker", DEFAULT_RERANKER) if profile.has("rerank") else None
        memory = RecordedMemory(store, embedder, reranker=reranker, profile=profile)
        try:
            yield memory
        finally:
            memory.close()


def _recall(
    memory: RecordedMemory, query: str, pair: Pair, thread: str, *, limit: int, tokens: int | None = None
) -> list[Episode]:
    """The best of one conversation or of all, as many as fit in a budget."""
    from roleagent.memory.recall.pool import within_budget
    from roleagent.protocols import Cue

    reach = len(memory.store.episode_marks(pair.owner)) if thread else limit
    every = memory.recall(Cue(text=query, at=datetime.now(UTC)), pair.owner, pair.sight, limit=reach)
    found = [episode for episode in every if thread in ("", episode.thread.thread_id)][:limit]
    return found if tokens is None else within_budget(found, tokens)


def _effects(
    memory: RecordedMemory, profile: RecallProfile, query: str, pair: Pair, found: Sequence[Episode]
) -> Effects:
    def recall_without(stage: str) -> Sequence[Episode]:
        memory.profile = profile.without(stage)
        return _recall(memory, query, pair, thread="", limit=_REACH * len(found))

    return stage_effects(found, profile.stages, recall_without)


# ── to read ──────────────────────────────────────────────────────────────────────────────────


def _print(found: Sequence[Episode], effects: Effects, query: str, pair: Pair, *, as_json_: bool) -> None:
    console = Console()
    if as_json_:
        typer.echo(as_json({"found": found, "effects": effects}))
    elif found:
        console.print(found_table(found, query, pair.name))
    else:
        typer.echo("Nothing is in sight of this listener, at this moment, in this conversation.", err=True)
    if effects and not as_json_:
        console.print(Text("\nWhat would be lost of the score without each stage:", style="bold"))
        for line in effect_lines(found, effects):
            console.print(Text(line, style="dim"))


def found_table(found: Sequence[Episode], query: str, persona_name: str) -> Table:
    """Episodes, best first, with the words of the query marked."""
    from roleagent.language.bm25 import query_terms

    asked = frozenset(query_terms(query))
    table = Table("when (UTC)", "who", "what", "score", box=None, pad_edge=False)
    table.columns[0].no_wrap = table.columns[3].no_wrap = True
    table.columns[3].justify = "right"
    for episode in found:
        said = marked(episode.text_and_seen, asked)
        score = "" if episode.score is None else f"{episode.score:.2f}"
        table.add_row(moment(episode.at), Text(speaker(episode, persona_name), style="cyan"), said, score)
    return table
