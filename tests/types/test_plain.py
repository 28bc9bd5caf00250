"""Values as plain JSON, and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from roleagent.errors import InputError
from roleagent.types import Attachment, Observation, Owner, Sight, Thread, Turn, Verdict
from roleagent.types.plain import from_plain, to_plain

TURN = Turn(
    thread=Thread(owner=Owner(persona_id="ada", user_id="bob"), thread_id="main"),
    sight=Sight(listener="charles"),
    text="半个 🙂",
    at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    attachments=(Attachment(id="f0", media_type="image/png", path="/a", name="a.png", num_bytes=3),),
)
VERDICT = Verdict(
    critic="role", ok=False, reason="No.", evidence=("a", "b"), score=0.25, parts=(("x", 0.5), ("y", 1.0))
)
SEEN = Observation(kind="text", text="x", source="ocr", attachment_id="f0", region=(0.0, 0.1, 0.2, 0.3))


@pytest.mark.parametrize("value", [TURN, VERDICT, SEEN], ids=lambda value: type(value).__name__)
def test_a_value_comes_back_from_json_as_it_was(value: Any):
    """A replay judges exactly what was judged."""
    assert from_plain(type(value), json.loads(json.dumps(to_plain(value)))) == value


def test_defaults_are_left_out():
    """A log of many verdicts stays small."""
    assert to_plain(Verdict(critic="role", ok=True)) == {"critic": "role", "ok": True}


@pytest.mark.parametrize(
    ("plain", "place"),
    [
        ([], "Verdict is []"),
        ({"critic": "role"}, "Verdict lacks 'ok'"),
        ({"critic": "role", "ok": 1}, "Verdict.ok is 1"),
        ({"critic": "role", "ok": True, "mood": "bad"}, "Verdict has 'mood'"),
        ({"critic": "role", "ok": True, "score": True}, "Verdict.score is True"),
        ({"critic": "role", "ok": True, "evidence": [1]}, "Verdict.evidence[0] is 1"),
        ({"critic": "role", "ok": True, "parts": [["x"]]}, "Verdict.parts[0] has 1 items, not 2"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(plain: Any, place: str):
    """A damaged log must not become a verdict that looks right."""
    with pytest.raises(InputError) as raised:
        from_plain(Verdict, plain)
    assert place in str(raised.value)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"at": "yesterday"}, "Turn.at is 'yesterday'"),
        ({"thread": {"owner": {"persona_id": " ", "user_id": "u"}, "thread_id": "t"}}, "persona_id is ' '"),
    ],
)
def test_values_that_the_class_itself_refuses_are_refused(change: Any, place: str):
    """The checks of the classes hold for what is read, too."""
    with pytest.raises(InputError) as raised:
        from_plain(Turn, {**to_plain(TURN), **change})
    assert place in str(raised.value)


def test_other_objects_have_no_plain_form():
    """Nothing is written that could not be read again."""
    with pytest.raises(TypeError, match="object"):
        to_plain(object())
