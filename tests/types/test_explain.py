"""Why the character said what it said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from roleagent.types import (
    Doubt,
    Fact,
    GraphUpdate,
    Grounds,
    HeldBack,
    Owner,
    Reply,
    Revision,
    Sight,
    Thread,
    ToolUse,
    Turn,
    Usage,
    Verdict,
)

TURN = Turn(
    thread=Thread(owner=Owner(persona_id="a", user_id="b"), thread_id="c"),
    text="Where?",
    at=datetime(2026, 5, 1, tzinfo=UTC),
)
FACT = Fact(id="a.lives_in.b", subject="a", relation="lives_in", object="b", text="A lives in B.", score=0.5)
FAILED = Verdict(critic="consistency", ok=False, reason="A lives in B.", quote="in C", evidence=(FACT.id,))
REPLY = Reply(
    turn=TURN,
    text="In B.",
    grounds=Grounds(facts=(FACT,)),
    update=GraphUpdate(held_back=(HeldBack(fact=FACT, reason="already canon"),)),
    verdicts=(Verdict(critic="consistency", ok=True),),
    revisions=(Revision(draft="In C.", verdicts=(FAILED,)),),
    tool_uses=(ToolUse(id="1", name="add", arguments={"a": 1}, result="2"),),
    model="tiny",
    usage=Usage(input_tokens=1200, output_tokens=5),
    prompt_tokens={"about_self": 1200, "said": 3},
    timings_ms={"respond": 1234.5},
)


def test_the_page_names_every_reason():
    """A person who asks why gets the facts, the rejected drafts and the cited fact."""
    page = REPLY.explain().as_markdown()
    assert "## Facts in mind\n\n- (0.50) A lives in B. `a.lives_in.b`" in page
    assert "“In C.” — consistency: A lives in B. “in C” `a.lives_in.b`" in page
    assert "add(a=1) → 2" in page
    assert "not taken: A lives in B. (already canon)" in page
    assert "model tiny: 1200 tokens read, 5 written" in page
    assert "respond 1,234 ms" in page
    assert "prompt, in estimated tokens: about self 1,200, said 3" in page


def test_a_verdict_shows_what_it_was_made_of():
    """A score alone cannot be argued with."""
    scored = replace(
        FAILED, score=0.934, threshold=0.75, parts=(("overlap", 0.5), ("head", 0.25)), version="head 3"
    )
    passed = Verdict(critic="role", ok=True, version="role 3f2a91c0")
    page = replace(REPLY, verdicts=(scored, passed)).explain().as_markdown()
    assert "`a.lives_in.b` (score 0.93, threshold 0.75, overlap 0.50, head 0.25, head 3)" in page
    assert "- role: passed (role 3f2a91c0)" in page


def test_the_page_names_what_was_doubted_and_said_instead():
    """Nobody would guess why a question was contradicted."""
    doubt = Doubt(quote="your house in C", note="You live in B.", evidence=(FACT.id,), kind="other")
    reply = replace(REPLY, grounds=Grounds(doubts=(doubt,)))
    page = reply.explain().as_markdown()
    assert "## Taken for granted, and not so\n\n- “your house in C”: You live in B. `a.lives_in.b`" in page
    (kept,) = json.loads(json.dumps(reply.explain().as_dict()))["grounds"]["doubts"]
    assert (kept["quote"], kept["evidence"], kept["kind"]) == ("your house in C", [FACT.id], "other")


def test_sections_without_content_are_left_out():
    """An empty heading says nothing."""
    page = Reply(turn=TURN, text="Yes.").explain().as_markdown()
    assert page.count("##") == 2  # the reply, and how it was made


def test_the_data_is_plain_json():
    """Another program can read it."""
    data = json.loads(json.dumps(REPLY.explain().as_dict()))
    assert data["grounds"]["facts"][0]["id"] == "a.lives_in.b"
    assert data["turn"]["at"] == "2026-05-01T00:00:00+00:00"
    assert data["revisions"][0]["verdicts"][0]["evidence"] == ["a.lives_in.b"]


def test_the_page_says_who_listened_and_when_it_was():
    """What was told depends on both."""
    turn = replace(TURN, sight=Sight(listener="watson", as_of="1891"))
    assert "- met by watson at 1891" in replace(REPLY, turn=turn).explain().as_markdown()
    assert "met by" not in REPLY.explain().as_markdown()
