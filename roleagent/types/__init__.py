"""The values that travel through a turn: frozen, plain, and safe to put in a checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from roleagent.language.unicode import repaired

if TYPE_CHECKING:
    from roleagent.types.explanation import Explanation

Layer = Literal["canon", "learned", "current"]
Cardinality = Literal["functional", "multi-valued", "append-only"]
Speaker = Literal["user", "persona"]
SummaryLevel = Literal["session", "period", "reflection"]
PUBLIC = "public"
UNKNOWN = "unknown"
USER_PREFIX = "user:"


def content_id(*parts: str) -> str:
    """Name a value by its content, so that writing it twice writes it once.

    >>> content_id("a", "b") == content_id("a", "b") != content_id("ab", "")
    True
    """
    joined = "\x1f".join(parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:24]


# ── what comes in ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A picture or recording beside what the user wrote; made by `perception.media.load_attachment`.

    Attributes:
        id: sha256 of the bytes, hexadecimal.
        media_type: MIME type read off the bytes, such as ``image/png``.
        path: where the bytes lie.
        name: the file's name as the user knows it.
        num_bytes: size in bytes.
    """

    id: str
    media_type: str
    path: str
    name: str
    num_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one user said at one moment in one conversation with one persona.

    Attributes:
        text: what the user typed; once the turn was perceived, also what they said in `voice`.
        at: when, as an aware datetime in UTC.
        attachments: what the user shows or plays: material, never their own words.
        voice: a recording in which the user speaks to the persona, where the application says that it is one.
        listener: see `Scope`.
        as_of: see `Scope`.
    """

    persona_id: str
    user_id: str
    thread_id: str
    text: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    listener: str = ""
    as_of: str = ""
    voice: Attachment | None = None

    @property
    def id(self) -> str:
        """A hash of everything in the turn."""
        media = (attachment.id for attachment in self.media)
        scope = (self.persona_id, self.user_id, self.thread_id)
        return content_id(*scope, self.at.isoformat(), self.text, *media)

    @property
    def media(self) -> tuple[Attachment, ...]:
        """Everything there is to see and hear: the attachments, then the voice."""
        return self.attachments if self.voice is None else (*self.attachments, self.voice)

    def is_said(self, seen: Observation) -> bool:
        """Whether an observation is the user's own speech: heard in `voice`, not in something attached."""
        return self.voice is not None and seen.kind == "transcript" and seen.attachment_id == self.voice.id

    @property
    def scope(self) -> Scope:
        """Whose data the turn may touch."""
        return Scope(
            persona_id=self.persona_id,
            user_id=self.user_id,
            thread_id=self.thread_id,
            listener=self.listener,
            as_of=self.as_of,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One thing perceived in an attachment. Data for the prompt, never instructions.

    Attributes:
        kind: ``caption``, ``tags``, ``text`` (read off a picture), ``transcript``, ``nsfw``,
            or ``failure`` where a perceptor could not do its work.
        text: what was perceived, in words.
        source: the perceptor's name.
        confidence: 0–1, or None where the perceptor gives none.
        region: (left, top, right, bottom) as fractions 0–1 of the picture.
        span_s: (start, end) in seconds of the recording.
        language: ISO 639-1 code, if recognised.
    """

    kind: str
    text: str
    source: str
    attachment_id: str
    confidence: float | None = None
    region: tuple[float, float, float, float] | None = None
    span_s: tuple[float, float] | None = None
    language: str | None = None


# ── what a persona is made of ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A person, place, thing, trait … of a persona's world, or a literal value.

    Attributes:
        type: a node type of the schema; ``literal`` for a value without further relations.
        aliases: other names by which a text may mention it.
    """

    id: str
    type: str
    label: str
    aliases: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What an edge of the persona graph may mean.

    Attributes:
        text: language code -> template with ``{subject}`` and ``{object}``.
        cardinality: ``functional`` (one value at a time: a new one retires the old),
            ``multi-valued`` (a new one adds) or ``append-only`` (never retired, such as an event).
        domain: node types that may be the subject; empty for any.
        range: node types that may be the object; empty for any.
        inverse: name of the relation that says the same from the other end.
        symmetric: whether it holds both ways.
    """

    name: str
    text: Mapping[str, str]
    cardinality: Cardinality = "multi-valued"
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    inverse: str | None = None
    symmetric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One edge of the persona graph.

    Attributes:
        id: readable for canon (``holmes.lives_at.baker_street``); unique within a graph.
        subject: node id.
        object: node id.
        text: the fact as a sentence, in the persona's language.
        layer: ``canon`` (the persona's file), ``learned`` (from talk with one user) or ``current`` (how
            things stand now, such as where the character is: the file says how it begins, updates move it).
        fixed: no update may ever change it.
        confidence: 0–1.
        valid_from: ISO 8601 date of any precision (``1881``, ``1881-03``), or None for "always".
        valid_to: the same; None while it holds.
        recorded_at: when it was learned, UTC; None for canon, which was always on record.
        superseded_at: when the record took back what this says, UTC; None while it stands. With
            `recorded_at` this is the recorded interval, as valid_from and valid_to are the valid one.
        evidence: ids of the episodes it came from.
        visibility: who may learn it. ``("public",)`` is everybody, ``()`` nobody: the character keeps it to
            itself. Else ids of persons of the graph (whom a listener stands for) and ``user:ID`` for users.
            ``unknown`` among them: the character itself does not know it.
        score: how much it matters for the turn at hand; set by ranking, else None.
    """

    id: str
    subject: str
    relation: str
    object: str
    text: str
    layer: Layer = "canon"
    fixed: bool = False
    confidence: float = 1.0
    valid_from: str | None = None
    valid_to: str | None = None
    recorded_at: datetime | None = None
    superseded_at: datetime | None = None
    evidence: tuple[str, ...] = ()
    visibility: tuple[str, ...] = (PUBLIC,)
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A fact that was proposed and not taken, and why.

    Attributes:
        because_of: id of the fact that stands against it, if one does.
    """

    fact: Fact
    reason: str
    because_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphUpdate:
    """What a turn would change in the learned layer; nothing is written until it is committed.

    Attributes:
        nodes: nodes that the added facts need and the graph lacks.
        added: new facts.
        superseded: facts that end now, with ``valid_to`` set.
        merged: facts that were known already, with the evidence that is new to them.
        held_back: proposals that were not taken.
    """

    nodes: tuple[Node, ...] = ()
    added: tuple[Fact, ...] = ()
    superseded: tuple[Fact, ...] = ()
    merged: tuple[Fact, ...] = ()
    held_back: tuple[HeldBack, ...] = ()


# ── memory ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose data a store call is about. Every part is required: a blank one raises.

    A memory belongs to one persona and one user; `thread_id` says which conversation.

    Attributes:
        listener: id of the person of the persona's world whom the user stands for; empty for a stranger.
            The application says so, never the user's words: it decides which secrets may be told.
        as_of: the date or moment of its story that the persona is placed at; empty for the end of it.
            Nothing that was said at a later one is recalled.
    """

    persona_id: str
    user_id: str
    thread_id: str
    listener: str = ""
    as_of: str = ""

    def __post_init__(self) -> None:
        """Fail closed: no store is ever asked about nobody."""
        from roleagent.errors import InputError

        for name in ("persona_id", "user_id", "thread_id"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise InputError(f"{name} is {value!r}: pass a non-empty string.")
            if "\x1f" in value or "\x00" in value:  # `content_id` joins by the one, Postgres keeps no other
                raise InputError(f"{name} is {value!r}, which holds a control character: leave it out.")
            if repaired(value) != value:
                raise InputError(f"{name} is {value!r}, which holds half a character: leave it out.")

    @property
    def owner_name(self) -> str:
        """A name for all of one user's data with one persona that is safe as a file name."""
        return content_id(self.persona_id, self.user_id)

    @property
    def checkpoint_id(self) -> str:
        """What the checkpoints of one conversation are filed under."""
        return f"{self.owner_name}/{self.thread_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One utterance that is remembered: what the user said (and showed), or what the persona replied.

    Attributes:
        turn_id: the turn it belongs to; a user's and a persona's episode share one.
        text: what was said, in the speaker's own words.
        at: UTC.
        attachments: what was shown or played.
        speaker_name: how others call the speaker; empty where nobody knows.
        observations: what was perceived in the attachments. Nobody's words: see `text_and_seen`.
        mentions: ids of the nodes of the persona's graph that it names.
        importance: 0–1, how much it matters that this is remembered; None where nobody judged.
        lore_state: timed effects of lorebook entries after this utterance, as JSON; see `lore`.
        score: how well it answers the query, higher is better; set by recall, else None.
    """

    id: str
    scope: Scope
    turn_id: str
    speaker: Speaker
    text: str
    at: datetime
    attachments: tuple[Attachment, ...] = ()
    speaker_name: str = ""
    observations: tuple[Observation, ...] = ()
    mentions: tuple[str, ...] = ()
    importance: float | None = None
    lore_state: str = ""
    score: float | None = None

    @property
    def text_and_seen(self) -> str:
        """What recall finds it by: the words, then a line in brackets for each observation."""
        return "\n".join(part for part in (self.text, *_in_brackets(self.observations)) if part.strip())


def words_without_seen(text: str, observations: Sequence[Observation]) -> str:
    r"""The inverse of `Episode.text_and_seen`; what does not end in the observations comes back as it is.

    >>> seen = Observation(kind="text", text="I am Bob.", source="ocr", attachment_id="a")
    >>> words_without_seen("Look!\n[text: I am Bob.]", [seen])
    'Look!'
    """
    shown = "\n".join(_in_brackets(observations))
    if not shown or not text.endswith(shown):
        return text
    words = text.removesuffix(shown)
    return words.removesuffix("\n") if not words or words.endswith("\n") else text


def _in_brackets(observations: Sequence[Observation]) -> Iterator[str]:
    return (f"[{seen.kind}: {seen.text}]" for seen in observations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was made of many episodes when nobody was waiting. Derived: never evidence of anything.

    Attributes:
        level: ``session`` (one conversation up to a pause), ``period`` (many of these) or ``reflection``
            (what follows from them).
        scope: the thread of a session, the latest one of a period; listener and moment are those of its
            sources, none of which was said to another.
        sources: ids of the episodes it rests on, at every level.
        first_at: when the first of its sources was, UTC.
        last_at: when the last was.
        made_at: UTC.
        made_by: what made it: a model's name, ``extract`` where its sentences are the sources' own, or
            ``facts`` where it follows from what was learned.
        score: 0–1, how well it fits what was asked; set where something was.
    """

    id: str
    scope: Scope
    level: SummaryLevel
    text: str
    sources: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    made_at: datetime
    made_by: str
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which memories of one persona and user are meant. All conditions must hold; none at all is everything.

    Attributes:
        episodes: ids of episodes.
        thread_id: one conversation.
        before: an aware moment; what was said earlier.
        matching: words, all of which the text holds, compared as a reader sees them: see `unicode.folded`.
    """

    episodes: tuple[str, ...] = ()
    thread_id: str = ""
    before: datetime | None = None
    matching: str = ""

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetReceipt:
    """What was erased, and where. Nothing of what is forgotten stands in it.

    Attributes:
        scope: whose it was.
        removed: place (``episodes``, ``facts``, ``index`` …) -> how many were erased there.
        asked: what was to be forgotten, in words that give nothing of it away.
        kept: place -> how many are left of this user with this persona.
        at: when it was done, UTC; None where nobody said.
        notes: what else is to be known: what was kept on purpose, what cannot be reached.
    """

    scope: Scope
    removed: Mapping[str, int]
    asked: str = "everything"
    kept: Mapping[str, int] = field(default_factory=dict)
    at: datetime | None = None
    notes: tuple[str, ...] = ()

    def as_text(self) -> str:
        """The receipt in plain words, for the person whom it is about."""
        from roleagent.types.receipt import receipt_text

        return receipt_text(self)

    def as_dict(self) -> dict[str, object]:
        """The receipt as JSON takes it."""
        from roleagent.types.receipt import receipt_dict

        return receipt_dict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """A picture or recording that was shown before, and that a reply gives back.

    Attributes:
        episode_id: the utterance that it was shown with.
        shown_at: when, UTC.
        seen: what was perceived in it then.
        found_by: which of that answers best what was asked; its `span_s` says where in a recording. None
            where its name or the words beside it do, or where nothing in particular was asked for.
    """

    attachment: Attachment
    episode_id: str
    shown_at: datetime
    seen: tuple[Observation, ...] = ()
    found_by: Observation | None = None


# ── judging and answering ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one critic says of a draft, or one guard of an input.

    Attributes:
        critic: name of the critic or guard.
        reason: for the model that revises and for the person who asks why; empty when ok.
        quote: the words of the draft or input that are at fault.
        evidence: ids of the facts that are violated.
        where: what was judged: ``draft``, ``user``, or the name of an attachment or tool.
        score: 0–1, where the critic has one.
    """

    critic: str
    ok: bool
    reason: str = ""
    quote: str = ""
    evidence: tuple[str, ...] = ()
    where: str = "draft"
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A draft that was rejected, and the verdicts that rejected it."""

    draft: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """One call of a tool and what came back.

    Attributes:
        result: None while it waits for approval.
        handed_back: files that a built-in tool found for the user.
    """

    id: str
    name: str
    arguments: Mapping[str, object]
    result: str | None = None
    ok: bool = True
    handed_back: tuple[HandedBack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that the language model read and wrote for one reply, all finished drafts together.

    A model reports them at the end of an answer, so drafts that a critic stopped are not counted.
    """

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Omitted:
    """What was left out of the prompt, since the language model's context could not hold it.

    Attributes:
        room: tokens that the prompt was held to, roughly.
        history: utterances of this conversation, the oldest.
        lore: texts of lorebooks.
        learned: facts about the user.
        shortened: tools, and kinds of observation, of which only the beginning was told.
    """

    room: int
    history: tuple[Episode, ...] = ()
    episodes: tuple[Episode, ...] = ()
    lore: tuple[str, ...] = ()
    summaries: tuple[Summary, ...] = ()
    facts: tuple[Fact, ...] = ()
    learned: tuple[Fact, ...] = ()
    shortened: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether there is any."""
        return self != Omitted(room=self.room)

    def as_lines(self) -> list[str]:
        """What it is, a line for each kind."""
        counted = (
            (self.history, "utterances of this conversation, the oldest"),
            (self.episodes, "episodes"),
            (self.lore, "texts of lorebooks"),
            (self.summaries, "notes on earlier talk"),
            (self.facts, "facts"),
            (self.learned, "facts about the user"),
        )
        lines = [f"{len(items)} {what}" for items, what in counted if items]
        return [*lines, *(f"the end of {name}" for name in self.shortened)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The persona's answer and everything it rests on.

    Attributes:
        text: the answer; empty while `pending` is not.
        summaries: of earlier talk, that the prompt named; derived, and no evidence.
        warnings: guards' verdicts on what came in, those not ok only.
        verdicts: critics' verdicts on the text that was given.
        revisions: drafts that were rejected on the way.
        fell_back: the persona's own line of declining was given instead of a draft.
        pending: tool calls that wait for approval: see `Agent.resume`.
        handed_back: pictures and recordings of earlier talk that the user asked for, or a tool brought.
        omitted: what did not fit into the model's context, and so is not among `episodes`, `facts` and
            `summaries`; None where all fitted.
        model: name of the language model.
        thinking: what the model thought aloud on the way, all drafts together; nobody was shown it.
        timings_ms: milliseconds by workflow node.
    """

    turn: Turn
    text: str
    observations: tuple[Observation, ...] = ()
    episodes: tuple[Episode, ...] = ()
    facts: tuple[Fact, ...] = ()
    update: GraphUpdate = GraphUpdate()
    summaries: tuple[Summary, ...] = ()
    warnings: tuple[Verdict, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    revisions: tuple[Revision, ...] = ()
    tool_uses: tuple[ToolUse, ...] = ()
    pending: tuple[ToolUse, ...] = ()
    handed_back: tuple[HandedBack, ...] = ()
    omitted: Omitted | None = None
    fell_back: bool = False
    model: str = ""
    thinking: str = ""
    usage: Usage = Usage()
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files that come with the answer: their bytes lie at `Attachment.path`."""
        return tuple(each.attachment for each in self.handed_back)

    def explain(self) -> Explanation:
        """Say what this reply rests on, as data (`.as_dict()`) and as a page (`.as_markdown()`)."""
        from roleagent.types.explanation import Explanation

        return Explanation(self)

    def __str__(self) -> str:
        """The answer alone."""
        return self.text


# ── events of a stream ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Perception is done: what was seen and heard, and what the guards say of the input."""

    observations: tuple[Observation, ...]
    warnings: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """The episodes and facts that the reply will rest on."""

    episodes: tuple[Episode, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUsed:
    """A tool was called and answered."""

    use: ToolUse


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequired:
    """The stream ends here until `Agent.resume` says whether the calls in `reply.pending` may run."""

    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A critic rejected a draft; another one is on its way."""

    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far the language model has read the prompt, in tokens. Not every model tells."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """Text that the critics have passed. All deltas of a turn, joined, are the reply's text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The turn is over and remembered."""

    reply: Reply


Event = Observed | Recalled | Reading | ToolUsed | ApprovalRequired | Revised | TextDelta | Done
