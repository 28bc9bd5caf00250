"""ElizaOS characters, as the program takes them now and as its older `characterfile` had them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from roleagent.formats.convert import mapped
from roleagent.formats.format import Archive, Report
from roleagent.formats.parts import GraphParts, ListOfFacts, facts_of, filled
from roleagent.formats.values import (
    MAX_LABEL,
    MAX_TEXT,
    check_size,
    check_table,
    clean_text,
    default_summary,
    items_of,
    pack_table,
    parse_json,
    table_of,
    text_of,
    texts_of,
    told_summary,
    without_credentials,
)
from roleagent.persona.identity import mark_of, persona_id, plain_id
from roleagent.types import content_id

_OLD = "eliza-old"
_NEW = "eliza"
_REQUIRED_OLD = (
    "bio", "lore", "messageExamples", "postExamples", "adjectives", "topics", "style",
)  # fmt: skip
_IN_CHAT = "In chat: "
_LISTS = (
    ListOfFacts(path=("adjectives",), relation="has_trait", prefix="trait", node_type="trait"),
    ListOfFacts(
        path=("topics",),
        relation="knows",
        prefix="topic",
        node_type="topic",
        takes_all=False,
    ),
    ListOfFacts(path=("postExamples",), relation="often_says", prefix="post", node_type="utterance"),
)
_LORE = ListOfFacts(
    path=("lore",), relation="knows", prefix="lore", node_type="literal", is_own_words=True, takes_all=False
)
_LIKED = ("likes", "skilled_in")
_NAMEABLE = ("topic", "skill")
_STRANGER = {_OLD: "{{user1}}", _NEW: "{{name1}}"}
_SPEAKER = {_OLD: "user", _NEW: "name"}
_Table = Mapping[str, Any]


class Eliza:
    """An ElizaOS character file.

    Args:
        name: ``eliza`` or ``eliza-old``.
    """

    EXTENSION_PATH: tuple[str, ...] = ("settings",)

    def __init__(self, name: str) -> None:
        self.NAME = self.SCHEMA = name
        self._is_old = name == _OLD

    def recognises(self, data: bytes, raw: object) -> bool:
        """By its name, its biography, and the fields that only one of the two generations has."""
        if not isinstance(raw, Mapping) or "bio" not in raw or "name" not in raw:
            return False
        return self._is_old == _is_old(raw)

    def unpack(self, data: bytes, report: Report) -> Archive:
        """Read the JSON, except values that may be passwords or keys."""
        return Archive(raw=without_credentials(check_table(parse_json(check_size(data), report)), report))

    def pack(self, archive: Archive, report: Report) -> bytes:
        """Write the JSON."""
        return pack_table(archive.raw)

    def to_document(self, archive: Archive, report: Report) -> dict[str, Any]:
        """Make a graph of adjectives, topics, lore and posts."""
        raw = archive.raw
        name = text_of(raw, "name", "", report, limit=MAX_LABEL)
        if not name:
            report.warn("name", "is missing: the persona is called 'Unnamed'")
            name = "Unnamed"
        parts = GraphParts(plain_id(name), name)
        for each in (*_LISTS, _LORE):
            each.read(raw, "", parts, report)
        for text in _knowledge(raw, report):
            parts.relate("knows", "knowledge", text, node_type="literal", text=text)
        is_one_text = isinstance(raw.get("bio"), str)
        lines = [text_of(raw, "bio", "", report)] if is_one_text else texts_of(raw, "bio", "", report)
        bio = "\n".join(lines)[:MAX_TEXT].strip()
        style = table_of(raw, "style", "", report)
        in_chat = texts_of(style, "chat", "style.", report, limit=MAX_TEXT - 20)
        speech = [*texts_of(style, "all", "style.", report), *(_IN_CHAT + text for text in in_chat)]
        made_id = persona_id(name, mark=mark_of(bio))
        head = {"roleagent": 1, "id": made_id, "name": name, "summary": bio or default_summary(name)}
        said = [
            ("system_prompt", text_of(raw, "system", "", report)),
            ("speech", speech),
            ("examples", list(_examples(raw, _SPEAKER[self.NAME], report))),
        ]
        return {**head, **filled(said), **parts.as_document()}

    def from_document(self, document: _Table, report: Report) -> Archive:
        """Make a character with every key that the program demands."""
        name = document["name"]
        summary = told_summary(document)
        known, liked = (
            [fact.label for fact in facts_of(document, *relations) if fact.node["type"] in _NAMEABLE]
            for relations in (("knows",), _LIKED)
        )
        speech = document.get("speech", ())
        written = {
            "name": name,
            "system": document.get("system_prompt", ""),
            "bio": [summary] if "\n\n" in summary else summary.split("\n") if summary else [],
            "lore": _LORE.write(document),
            "messageExamples": [self._conversation(each, name) for each in document.get("examples", ())],
            "adjectives": _LISTS[0].write(document),
            "topics": list(dict.fromkeys([*known, *liked])),
            "postExamples": _LISTS[2].write(document),
            "style": {
                "all": [text for text in speech if not text.startswith(_IN_CHAT)],
                "chat": [text.removeprefix(_IN_CHAT) for text in speech if text.startswith(_IN_CHAT)],
                "post": [],
            },
        }
        if self._is_old:
            needed = {key: value for key, value in written.items() if key != "system" or value}
            return Archive(raw={**needed, **_old_knowledge(document)})
        kept = {key: value for key, value in written.items() if key != "lore" and value}
        knowledge = [fact.label for fact in facts_of(document, "knows") if fact.is_of("knowledge")]
        return Archive(raw={"bio": [], **kept, **filled([("knowledge", knowledge)])})

    def base_from(self, originals: _Table) -> dict[str, Any] | None:
        """A character of the other generation, with its speakers renamed."""
        other = originals.get(_NEW if self._is_old else _OLD)
        return _converted(other, to_old=self._is_old) if isinstance(other, Mapping) else None

    def _conversation(self, example: _Table, name: str) -> list[dict[str, Any]]:
        speaker = _SPEAKER[self.NAME]
        lines = ((_STRANGER[self.NAME], example.get("user", "")), (name, example["reply"]))
        return [{speaker: who, "content": {"text": text}} for who, text in lines if text]


def _is_old(raw: _Table) -> bool:
    conversations = raw.get("messageExamples")
    first = conversations[0] if isinstance(conversations, list) and conversations else None
    message = first[0] if isinstance(first, list) and first else None
    if isinstance(message, Mapping):
        return "user" in message
    return "lore" in raw


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _knowledge(raw: _Table, report: Report) -> Iterator[str]:
    """Texts among the knowledge; files and folders are not opened."""
    for index, item in enumerate(items_of(raw, "knowledge", "", report)):
        where = f"knowledge[{index}]"
        text = item.get("content") if isinstance(item, Mapping) else item
        text = clean_text(text) if isinstance(text, str) else ""
        is_path = len(text.split()) == 1 and ("/" in text or "\\" in text or "." in text[:-1])
        if not text or is_path:
            report.warn(where, "names a file, and files are not opened: left out of the persona")
        elif len(text) > MAX_LABEL:
            report.warn(where, f"is longer than {MAX_LABEL} characters, too long for a fact: left out")
        else:
            yield text


def _examples(raw: _Table, speaker: str, report: Report) -> Iterator[dict[str, str]]:
    own_name = clean_text(str(raw.get("name")))
    for index, conversation in enumerate(items_of(raw, "messageExamples", "", report)):
        turns = list(_turns(conversation, speaker, own_name))
        found = [
            {"reply": reply} if was_own else {"user": said, "reply": reply}
            for (was_own, said), (is_own, reply) in pairwise([(True, ""), *turns])
            if is_own
        ]
        if len(turns) != sum(map(len, found)):
            report.warn(f"messageExamples[{index}]", "has turns that no reply answers: they are not used")
        yield from found


def _turns(conversation: object, speaker: str, own_name: str) -> Iterator[tuple[bool, str]]:
    """Pairs of whether the character speaks and what is said; a speaker's consecutive lines are one."""
    turn: tuple[bool, str] | None = None
    for message in conversation if isinstance(conversation, list) else ():
        if not isinstance(message, Mapping):
            continue
        content = message.get("content")
        text = content.get("text") if isinstance(content, Mapping) else content
        text = clean_text(text)[:MAX_TEXT].rstrip() if isinstance(text, str) else ""
        who = message.get(speaker, message.get("name", message.get("user")))
        is_own = isinstance(who, str) and clean_text(who) in (own_name, "{{agentName}}")
        if not text:
            continue
        if turn is not None and turn[0] == is_own:
            turn = (is_own, f"{turn[1]}\n{text}"[:MAX_TEXT].rstrip())
        else:
            if turn is not None:
                yield turn
            turn = (is_own, text)
    if turn is not None:
        yield turn


# ── writing ──────────────────────────────────────────────────────────────────────────────────


def _old_knowledge(document: _Table) -> dict[str, Any]:
    texts = [fact.label for fact in facts_of(document, "knows") if fact.is_of("knowledge")]
    items = [
        {"id": content_id(text), "path": f"knowledge/{content_id(text)[:8]}.txt", "content": text}
        for text in texts
    ]
    return {"knowledge": items} if items else {}


# ── one generation to the other ──────────────────────────────────────────────────────────────


def _converted(raw: _Table, *, to_old: bool) -> dict[str, Any]:
    """A character of one generation in the layout of the other, with all its further fields."""
    old, new = ("name", "user") if to_old else ("user", "name")
    base = {key: value for key, value in raw.items() if to_old or key != "lore"}
    conversations = raw.get("messageExamples")
    if isinstance(conversations, list):
        base["messageExamples"] = [
            [_renamed(message, old, new) for message in each] if isinstance(each, list) else each
            for each in conversations
        ]
    if to_old:
        missing = {
            key: {"all": [], "chat": [], "post": []} if key == "style" else [] for key in _REQUIRED_OLD
        }
        base = {**missing, **base}
        base["bio"] = [base["bio"]] if isinstance(base["bio"], str) else base["bio"]
    return base


def _renamed(message: object, old: str, new: str) -> object:
    if not isinstance(message, Mapping) or old not in message:
        return message
    who = message[old]
    stranger = {_STRANGER[_OLD]: _STRANGER[_NEW], _STRANGER[_NEW]: _STRANGER[_OLD]}
    who = stranger.get(who, who) if isinstance(who, str) else who
    return {new: who, **{key: value for key, value in message.items() if key != old}}


CURRENT = mapped(Eliza(_NEW), about="ElizaOS")
OLD = mapped(Eliza(_OLD), about="ElizaOS, before 2026")
