"""What a persona knows becomes a book, and no secret is in it."""

from __future__ import annotations

import json

from roleagent.formats.cards.books import knowledge_of
from roleagent.formats.load import load_persona
from tests.formats.cards import making as m

DOCUMENT = {
    "roleagent": 1,
    "id": "ada",
    "name": "Ada",
    "summary": "You are Ada.",
    "nodes": [
        {"id": "ada", "type": "person", "label": "Ada"},
        {
            "id": "byron",
            "type": "person",
            "label": "Lord Byron",
            "aliases": ["Byron"],
            "description": "A poet.",
        },
        {"id": "exact", "type": "trait", "label": "exact"},
    ],
    "edges": [
        {"source": "ada", "relation": "has_father", "target": "byron"},
        {"source": "ada", "relation": "has_trait", "target": "exact"},
        {"source": "ada", "relation": "born_on", "value": "1815-12-10"},
        {"source": "byron", "relation": "died_on", "value": "1824"},
        {"source": "ada", "relation": "fears", "value": "debts", "visibility": "secret"},
        {"source": "ada", "relation": "wants", "value": "a horse", "visibility": ["byron"]},
    ],
}


def test_facts_are_told_when_the_talk_comes_to_them():
    """Those of the character alone always, others by the names of what they are about."""
    book = knowledge_of(DOCUMENT)
    always, byron = book.entries
    assert (always.constant, byron.constant, byron.keys) == (True, False, ("Lord Byron", "Byron"))
    assert always.content == "- Ada has the trait exact.\n- Ada was born on 1815-12-10."
    assert byron.content == (
        "Lord Byron: A poet.\n- Ada has the father Lord Byron.\n- Lord Byron died on 1824."
    )


def test_no_secret_is_in_the_book():
    """Another program tells whatever is in its prompt."""
    text = str(knowledge_of(DOCUMENT))
    assert "debts" not in text
    assert "horse" not in text


def test_no_facts_make_no_book():
    """A card that was read has none, and gets none."""
    assert knowledge_of({**DOCUMENT, "edges": []}) is None
    hidden = [{"source": "ada", "relation": "fears", "value": "debts", "visibility": "secret"}]
    assert knowledge_of({**DOCUMENT, "edges": hidden}) is None


def test_a_card_that_went_there_and_back_has_the_book_once():
    """A program that drops what is ours leaves the book; it is not written a second time."""
    raw = m.unpacked(m.write(load_persona("holmes"), "card-v2")).raw
    raw["data"]["extensions"].clear()
    persona = m.read(json.dumps(raw).encode())
    assert [book.name for book in persona.lorebooks] == ["What {{char}} knows"]
    assert m.unpacked(m.write(persona, "card-v2")).raw == raw
