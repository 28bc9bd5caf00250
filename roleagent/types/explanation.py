"""What a reply rests on, for the person who asks why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from roleagent.types.episodes import Episode, HandedBack, Summary
from roleagent.types.facts import Fact, Lift
from roleagent.types.grounds import Doubt
from roleagent.types.identity import STRANGER
from roleagent.types.relationship import Feeling
from roleagent.types.turn import Observation

if TYPE_CHECKING:
    from roleagent.types.replies import Reply, ToolUse, Verdict


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reply with its reasons, as data and as a page."""

    reply: Reply

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain JSON values; datetimes in ISO 8601."""
        plain: dict[str, Any] = as_plain(asdict(self.reply))
        return plain

    def as_markdown(self) -> str:
        """The explanation as a readable page: one section for each kind of reason, without empty ones."""
        return "\n\n".join(_sections(self.reply))

    def __str__(self) -> str:
        return self.as_markdown()


def as_plain(value: Any) -> Any:  # Any: whatever `asdict` gives, and JSON
    """A value as plain JSON; datetimes in ISO 8601."""
    if isinstance(value, dict):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _sections(reply: Reply) -> Iterator[str]:
    yield f"## Reply\n\n{reply.text}"
    grounds = (
        (kind.metadata["title"], [_ground_line(each, reply) for each in getattr(reply.grounds, kind.name)])
        for kind in fields(reply.grounds)
    )
    room = f" (a prompt of {reply.omitted.room:,} tokens)" if reply.omitted else ""
    for title, lines in (
        *grounds,
        (f"Left out because there was no room{room}", reply.omitted.as_lines() if reply.omitted else []),
        ("Learned", _update_lines(reply)),
        ("Tools", [_tool_line(use) for use in (*reply.tool_uses, *reply.pending)]),
        ("Warnings about the input", [_verdict_line(verdict) for verdict in reply.warnings]),
        ("Rejected drafts", list(_revision_lines(reply))),
        ("Repaired sentences", list(_repair_lines(reply))),
        ("Critics on the reply", [_verdict_line(verdict) for verdict in reply.verdicts]),
        ("Thought aloud, and not said", [line for line in reply.thinking.splitlines() if line.strip()]),
        ("How", _how_lines(reply)),
    ):
        if lines:
            yield f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines)


def _ground_line(ground: object, reply: Reply) -> str:
    """One line for one ground of a reply, worded by its type."""
    match ground:
        case Fact():
            return fact_line(ground)
        case Episode(speaker=speaker, at=at):
            who = "they said" if speaker == "user" else "you said"
            return f"{_score(ground.score)}{at:%Y-%m-%d %H:%M} {who}: {ground.text_and_seen}"
        case Summary(first_at=first, last_at=last):
            made = f"{ground.level} by {ground.made_by} from {len(ground.sources)} episodes"
            text = " / ".join(ground.text.split("\n"))
            return f"{_score(ground.score)}{first:%Y-%m-%d} to {last:%Y-%m-%d}, {made}: {text}"
        case HandedBack(attachment=file, found_by=found):
            by = "" if found is None else f", found by its {found.kind}{_span(found.span_s)}: {found.text}"
            return f"{file.name}, shown {ground.shown_at:%Y-%m-%d %H:%M}{by} `{file.path}`"
        case Observation():
            names = {attachment.id: attachment.name for attachment in reply.turn.media}
            name = names.get(ground.attachment_id, "attachment")
            what = f"{ground.kind} by {ground.source}{_span(ground.span_s)}"
            return f"{name}: {what}: {ground.text}{_percent(ground.confidence)}"
        case Doubt():
            return f"“{ground.quote}”: {ground.note}{''.join(f' `{each}`' for each in ground.evidence)}"
        case Feeling(relationship=felt, mood=mood):
            named = f"{mood.replace('_', ' ')}: " if mood else ""
            return f"{named}valence {felt.valence:+.2f}, arousal {felt.arousal:.2f}, trust {felt.trust:.2f}"
        case _:
            return str(ground)


def fact_line(fact: Fact) -> str:
    """A fact, how much it matters, and what lifted it."""
    return f"{_score(fact.score)}{fact.text} `{fact.id}`{lifted_by(fact)}"


def lifted_by(fact: Fact) -> str:
    """What lifted a fact in a ranking, to stand behind it; empty if nothing did."""
    return "".join(map(_lift, fact.lifted_by))


def _update_lines(reply: Reply) -> list[str]:
    update = reply.update
    added = [f"{fact.text} `{fact.id}`" for fact in update.added]
    ended = [f"no longer: {fact.text} `{fact.id}`" for fact in update.superseded]
    merged = [f"heard again: {fact.text} `{fact.id}`" for fact in update.merged]
    held = [f"not taken: {held.fact.text} ({held.reason})" for held in update.held_back]
    return [*added, *ended, *merged, *held]


def _tool_line(use: ToolUse) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in use.arguments.items())
    result = "waits for approval" if use.result is None else use.result
    return f"{use.name}({arguments}) → {result}{'' if use.ok else ' (failed)'}"


def _verdict_line(verdict: Verdict) -> str:
    if verdict.ok:
        why = f" ({verdict.reason})" if verdict.reason else ""
        return f"{verdict.critic}: passed{why}"
    where = "" if verdict.where == "draft" else f" in {verdict.where}"
    does = f" → {verdict.action}" if verdict.action else ""
    cited = "".join(f" `{fact_id}`" for fact_id in verdict.evidence)
    quote = f" “{verdict.quote}”" if verdict.quote else ""
    return f"{verdict.critic}{where}: {verdict.reason}{quote}{cited}{_percent(verdict.score)}{does}"


def _revision_lines(reply: Reply) -> Iterator[str]:
    for revision in reply.revisions:
        failed = "; ".join(_verdict_line(verdict) for verdict in revision.verdicts if not verdict.ok)
        yield f"“{revision.draft}” — {failed}"


def _repair_lines(reply: Reply) -> Iterator[str]:
    for repair in reply.repairs:
        failed = "; ".join(_verdict_line(verdict) for verdict in repair.verdicts if not verdict.ok)
        yield f"“{repair.was}” → “{repair.now}” — {failed}"


def _how_lines(reply: Reply) -> list[str]:
    timings = ", ".join(f"{node} {ms:,.0f} ms" for node, ms in reply.timings_ms.items())
    usage = f"{reply.usage.input_tokens} tokens read, {reply.usage.output_tokens} written"
    sizes = ", ".join(f"{name.replace('_', ' ')} {num:,}" for name, num in reply.prompt_tokens.items())
    fell_back = ["fell back on the persona's own line of declining"] if reply.fell_back else []
    if reply.decided_by is not None:
        decided = reply.decided_by
        fell_back = [f"decided by {decided.critic}: {decided.action}; the language model was not asked"]
    sight = reply.turn.sight
    placed = f"met by {sight.listener or 'a stranger'} at {sight.as_of or 'the end of its story'}"
    return [
        f"model {reply.model or 'unnamed'}: {usage}",
        *([f"prompt, in estimated tokens: {sizes}"] if sizes else []),
        *([placed] if sight != STRANGER else []),
        *([timings] if timings else []),
        *fell_back,
    ]


def _score(score: float | None) -> str:
    return "" if score is None else f"({score:.2f}) "


def _lift(lift: Lift) -> str:
    path = " → ".join(f"`{each}`" for each in lift.facts) or "what was talked about before"
    return f", lifted by {path} ({lift.weight:+.1f})"


def _percent(share: float | None) -> str:
    return "" if share is None else f" ({share:.0%})"


def _span(span_s: tuple[float, float] | None) -> str:
    return "" if span_s is None else f" at {span_s[0]:.1f}–{span_s[1]:.1f} s"
