"""Turns of real conversations that are worth learning from, as dialogues for a person to look through.

Only of users who agreed (`Conversation.allow_training`). Collected are

- replies with a thumb up;
- edited replies: the edit is to be learned, and the reply is rejected;
- replies that critics let pass after they had rejected drafts or sentences, which are then rejected ones.

A thumb down alone says what not to answer and not what to answer, so it is counted and left out. Personal
data is taken out as far as `private_data` finds it; so the result is a draft, not data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from roleagent.learning.edits import changes_claims
from roleagent.persona.persona import Persona
from roleagent.protocols import FactRanker, MemoryWithRecord
from roleagent.store.feedback import Rating
from roleagent.tuning.dialogues import Dialogue, Fault, Message, Rejected
from roleagent.tuning.judged_drafts import JudgedTurn, even, read_judged
from roleagent.tuning.private_data import Eraser
from roleagent.tuning.stored_turns import (
    StoredTurn,
    names_told,
    prompt_of_record,
    prompt_of_scene,
    stored_turns,
)
from roleagent.types import Owner

SOURCE = "log"
NO_REPLY = "rated down without an edit, so that nothing says what to answer"
SAME = "without personal data, the rejected reply and the one to learn are the same"
FELL_BACK = "the reply is no draft that passed, such as a line to fall back on"
_MOST_REJECTED = 4


@dataclass(slots=True, kw_only=True)
class Collected:
    """What was gathered.

    Attributes:
        dialogues: in the order of the record.
        num_users: who agreed.
        num_refused: users of whom something is kept and who did not agree.
        left_out: reason -> how many turns.
    """

    dialogues: list[Dialogue] = field(default_factory=list)
    num_users: int = 0
    num_refused: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def collect(
    memory: MemoryWithRecord,
    persona: Persona,
    *,
    critic_logs: Sequence[Path] = (),
    users: Collection[str] = (),
    ranker: FactRanker | None = None,
    now: datetime | None = None,
) -> Collected:
    """Gather the turns of a persona that are worth learning from.

    Args:
        memory: of the home.
        persona: as it is now.
        critic_logs: files that `Agent(critic_log=…)` wrote; without one, only ratings and edits are found.
        users: only these; empty for all who agreed.
        ranker: see `prompt_of_record`.
        now: with a time zone. Default: the present.

    Raises:
        InputError: a log cannot be read, or a line of it is broken.
        StoreError: the record cannot be read.
    """
    found, moment = Collected(), now or datetime.now(UTC)
    owners = list[Owner]()
    for user in memory.store.users(persona.id):
        owner = Owner(persona_id=persona.id, user_id=user)
        if users and user not in users:
            continue
        if memory.store.feedback.allows_training(owner, now=moment):
            owners.append(owner)
        else:
            found.num_refused += 1
    found.num_users = len(owners)
    judged = {id_: turn for path in critic_logs for id_, turn in read_judged(path, owners).items()}
    for owner in owners:
        ratings = memory.store.feedback.ratings(owner, now=moment)
        episodes = list(memory.store.episodes(owner))
        names = names_told(memory, owner, episodes, persona)
        for turn in stored_turns(episodes):
            lesson = _lesson(turn, ratings.get(turn.id), judged.get(turn.id))
            if isinstance(lesson, _Lesson):
                prompt = _prompt(turn, judged.get(turn.id), persona, memory, ranker)
                made = _dialogue(turn, lesson, prompt, persona, names)
                if made.rejected or lesson.rating == "up":
                    found.dialogues.append(made)
                else:
                    found.left_out[SAME] += 1
            elif lesson:
                found.left_out[lesson] += 1
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lesson:
    """What a turn teaches."""

    reply: str
    rejected: tuple[Rejected, ...]
    rating: str
    why: tuple[str, ...]


def _lesson(turn: StoredTurn, rating: Rating | None, judged: JudgedTurn | None) -> _Lesson | str:
    """What a turn teaches; why nothing, or an empty text where there never was anything."""
    edit = rating.edit.strip() if rating else ""
    good = edit or turn.reply.text.strip()
    rejected, why = _rejected_by_critics(good, judged)
    if edit and rating:
        fault: Fault = "contradiction" if changes_claims(turn.reply.text, edit, turn.said.at) else "voice"
        rejected = (Rejected(text=turn.reply.text.strip(), fault=fault), *rejected)
        return _Lesson(reply=edit, rejected=rejected, rating="edited", why=("an author edited it", *why))
    if rating and not rating.good:
        return NO_REPLY
    if not good or not (rating or rejected):
        return ""
    if rating is None and judged is not None and even(good) not in judged.passed:
        return FELL_BACK
    rated = ("a thumb up",) if rating else ()
    return _Lesson(reply=good, rejected=rejected, rating="up" if rating else "", why=(*rated, *why))


def _rejected_by_critics(
    good: str, judged: JudgedTurn | None
) -> tuple[tuple[Rejected, ...], tuple[str, ...]]:
    """Drafts that were rejected, and by whom and why; none that the good reply begins with."""
    if judged is None:
        return (), ()
    drafts = [each for key, each in judged.rejected.items() if not even(good).startswith(key)][
        :_MOST_REJECTED
    ]
    why = (f"{verdict.critic}: {verdict.reason}" for each in drafts for verdict in each.verdicts)
    return tuple(Rejected(text=each.text, fault=each.fault) for each in drafts), tuple(dict.fromkeys(why))


def _prompt(
    turn: StoredTurn,
    judged: JudgedTurn | None,
    persona: Persona,
    memory: MemoryWithRecord,
    ranker: FactRanker | None,
) -> tuple[str, tuple[Message, ...]]:
    if judged is not None:
        return "from the critic log", prompt_of_scene(judged.scene)
    return "made again from the record", prompt_of_record(turn, persona, memory, ranker=ranker)


def _dialogue(
    turn: StoredTurn,
    lesson: _Lesson,
    prompt: tuple[str, tuple[Message, ...]],
    persona: Persona,
    names: Collection[str],
) -> Dialogue:
    """The turn without personal data; what the persona's own texts say is none.

    A rejected reply that then equals the good one, such as "Good night, ann." and "Good night, Ann.", is left
    out.
    """
    origin, messages = prompt
    eraser = Eraser(names=names, kept=messages[0].text)
    read = tuple(replace(each, text=eraser.clean(each.text)) for each in messages)
    reply = eraser.clean(lesson.reply)
    rejected = (replace(each, text=eraser.clean(each.text)) for each in lesson.rejected)
    note = {
        "turn": turn.id,
        "rating": lesson.rating,
        "why": eraser.clean("; ".join(lesson.why)),
        "prompt": origin,
    }
    return Dialogue(
        messages=(*read, Message(role="assistant", text=reply, learn=True)),
        rejected=tuple(each for each in rejected if each.text != reply),
        language=persona.language,
        persona=persona.id,
        source=SOURCE,
        note=MappingProxyType({name: each for name, each in note.items() if each}),
    )
