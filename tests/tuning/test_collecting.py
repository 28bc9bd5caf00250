"""Only what was agreed to, rated or mended is collected; without personal data, and ready to be learned."""

from __future__ import annotations

from pathlib import Path

from roleagent.home.home import Home
from roleagent.testing.fakes import FirstFacts
from roleagent.tuning.collecting import FELL_BACK, NO_REPLY, SAME, Collected, collect
from roleagent.tuning.data_files import read_dialogues, write_dialogues
from roleagent.tuning.dialogues import Rejected
from tests.tuning.held import AFTER_REJECTION, holmes, make_agent, rate, talk


def gathered(home: Path, *logs: Path, **options: object) -> Collected:
    with Home(home) as opened:
        return collect(opened.memory, holmes(), critic_logs=logs, ranker=FirstFacts(), **options)  # type: ignore[arg-type]


async def test_nothing_is_collected_without_consent(tmp_path: Path):
    """A rating is no consent."""
    turns = await talk(tmp_path / "home", log=tmp_path / "log", agrees=False)
    await rate(tmp_path / "home", turns[0], good=True)
    found = gathered(tmp_path / "home", tmp_path / "log")
    assert (found.dialogues, found.num_users, found.num_refused) == ([], 0, 1)


async def test_users_who_agreed_are_told_from_those_who_did_not(tmp_path: Path):
    """Consent of one is not consent of all."""
    home, log = tmp_path / "home", tmp_path / "log"
    await talk(home, log=log)
    await talk(home, log=log, user="bob", agrees=False)
    found = gathered(home, log)
    assert (found.num_users, found.num_refused) == (1, 1)
    assert len(found.dialogues) == 2
    assert gathered(home, log, users=["bob"]).dialogues == []


async def test_rejected_drafts_and_mended_sentences_become_rejected_replies(tmp_path: Path):
    """The released reply is good; what the critics stopped is not, and why is noted."""
    home, log = tmp_path / "home", tmp_path / "log"
    await talk(home, log=log)
    rejected, mended = gathered(home, log).dialogues
    assert rejected.reply == AFTER_REJECTION
    assert rejected.rejected == (Rejected(text="I am an AI language model.", fault="voice"),)
    assert rejected.note["why"].startswith("role: ")
    assert mended.reply == "You live in Lyon. Quite so."
    assert mended.rejected == (Rejected(text="You live in Rome.", fault="contradiction"),)


async def test_without_a_log_only_what_was_rated_is_found(tmp_path: Path):
    """The prompt is made again, with what was known then and not with what was learned later."""
    home = tmp_path / "home"
    turns = await talk(home)
    assert gathered(home).dialogues == []
    await rate(home, turns[0], good=True)
    await rate(home, turns[1], good=True)
    first, second = gathered(home).dialogues
    assert first.note["prompt"] == "made again from the record"
    assert "lives in Lyon" not in first.asked
    assert "lives in Lyon" in second.asked
    assert [each.role for each in second.messages] == ["system", "user", "assistant", "user", "assistant"]
    assert second.messages[2].text == AFTER_REJECTION
    assert not second.messages[2].learn


async def test_an_edit_is_learned_and_the_reply_is_rejected(tmp_path: Path):
    """A contradiction if the edit says something else, a fault of the voice if it says it otherwise."""
    home = tmp_path / "home"
    turns = await talk(home)
    await rate(home, turns[1], edit="You live in Paris, I believe.")
    await rate(home, turns[2], edit="Sleep well, Ann.")
    facts, tone = gathered(home).dialogues
    assert facts.reply == "You live in Paris, I believe."
    assert facts.rejected == (Rejected(text="You live in Lyon. Quite so.", fault="contradiction"),)
    assert tone.reply == "Sleep well, NAME-1."
    assert tone.rejected == (Rejected(text="Good night, NAME-1.", fault="voice"),)


async def test_an_edit_that_only_changes_personal_data_is_left_out(tmp_path: Path):
    """Without the name both are the same, and one such edit must not cost all the other turns."""
    home = tmp_path / "home"
    with make_agent(home, ["Good evening, ann.", "Good night."]) as agent:
        conversation = agent.conversation(user_id="ann")
        await conversation.allow_training()
        evening = await conversation.say("My name is Ann. Good evening.")
        night = await conversation.say("Good night.")
        await conversation.rate(evening.turn.id, edit="Good evening, Ann.")
        await conversation.rate(night.turn.id, good=True)
    found = gathered(home)
    assert found.left_out == {SAME: 1}
    assert [each.reply for each in found.dialogues] == ["Good night."]


async def test_an_edit_equal_to_the_reply_teaches_what_critics_rejected_or_nothing(tmp_path: Path):
    """The reply itself is not rejected; the draft before it still is."""
    home, log = tmp_path / "home", tmp_path / "log"
    turns = await talk(home, log=log)
    await rate(home, turns[0], edit=AFTER_REJECTION)
    await rate(home, turns[2], edit="Good night, Ann.")
    found = gathered(home, log)
    drafts = {each.note["turn"]: [one.text for one in each.rejected] for each in found.dialogues}
    assert drafts == {turns[0]: ["I am an AI language model."], turns[1]: ["You live in Rome."]}
    assert found.left_out == {SAME: 1}


async def test_a_thumb_down_alone_teaches_nothing(tmp_path: Path):
    """Also where critics had rejected drafts: the reply that followed is no good one either."""
    home, log = tmp_path / "home", tmp_path / "log"
    turns = await talk(home, log=log)
    await rate(home, turns[0], good=False)
    found = gathered(home, log)
    assert found.left_out == {NO_REPLY: 1}
    assert turns[0] not in {each.note["turn"] for each in found.dialogues}


async def test_no_personal_data_is_left(tmp_path: Path):
    """Not in the prompt, the replies, or the notes."""
    home, log = tmp_path / "home", tmp_path / "log"
    turns = await talk(home, log=log)
    await rate(home, turns[2], good=True)
    out = tmp_path / "turns.jsonl"
    write_dialogues(out, gathered(home, log).dialogues)
    text = out.read_text(encoding="utf-8")
    assert "ann@example.org" not in text
    assert "Ann" not in text
    assert "EMAIL-1" in text
    assert "221B Baker Street" in text  # the persona's own file says so
    assert [each.note["turn"] for each in read_dialogues(out)] == turns


async def test_what_was_forgotten_is_not_collected(tmp_path: Path):
    """Neither from the record nor from the log, which still holds it."""
    home, log = tmp_path / "home", tmp_path / "log"
    await talk(home, log=log)
    with Home(home) as opened:
        (kept,) = opened.stats()
        opened.forget(kept.owner)
    found = gathered(home, log)
    assert (found.dialogues, found.num_users) == ([], 0)


async def test_a_line_to_fall_back_on_is_not_learned(tmp_path: Path):
    """The critics let no draft pass, so there is no good reply."""
    home, log = tmp_path / "home", tmp_path / "log"
    with make_agent(home, ["I am an AI language model."] * 4, log=log) as agent:
        conversation = agent.conversation(user_id="ann")
        await conversation.allow_training()
        assert (await conversation.say("What are you?")).fell_back
    found = gathered(home, log)
    assert found.dialogues == []
    assert found.left_out == {FELL_BACK: 1}
