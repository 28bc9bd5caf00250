"""Every check, on a reply that is right and on one that is not."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from roleagent import registry
from roleagent.errors import InputError, ModelError
from roleagent.evaluation.checks import (
    CallsNot,
    CallsTool,
    DoesNotEcho,
    DoesNotRecite,
    HasLength,
    Judged,
    Matches,
    MatchesNot,
    PassesCritic,
    RefusesPremise,
    Remembers,
    SpeaksLanguage,
    Tells,
    TellsNot,
    compiled,
    num_words,
    search,
)
from roleagent.evaluation.suite import Check
from roleagent.evaluation.wordings import denials_in
from roleagent.protocols import Scene
from roleagent.testing import ScriptedModel
from roleagent.types import Episode, Grounds, Owner, Reply, Thread, Turn, Verdict
from tests.evaluation.cast import heard, persona

DENIALS, ACCEPTS = denials_in("en")
CHINESE_DENIALS, CHINESE_ACCEPTS = denials_in("zh")
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("check", "right", "wrong", "reason"),
    [
        (Tells(facts=("marta.sibling_of.tobias",)), "Tobias.", "I have none.", "It does not tell: "),
        (Tells(values=("Biscuit", "dog")), "It was Biscuit.", "A cat.", "Biscuit / dog"),
        (Tells(values=("41",), unless=(r"not sure",)), "41.", "41? I am not sure.", "It denies"),
        (TellsNot(facts=("marta.visited.cellar",)), "Ask Ness.", "In the old cellar.", "It tells: "),
        (TellsNot(values=("gold",)), "Nothing.", "Gold!", "It tells: gold"),
        (Matches(patterns=("yes", "aye")), "Aye, love.", "No.", "does not match: yes / aye"),
        (Matches(patterns=("yes",), otherwise="No yes."), "Yes.", "No.", "No yes."),
        (MatchesNot(patterns=(r"as an ai\b",)), "As an aid.", "As an AI, I…", "It says “As an AI”"),
        (SpeaksLanguage(language="en"), "Good day.", "你好，客官。", "'en'"),
        (SpeaksLanguage(language="zh"), "你好，客官。", "Good day.", "'zh'"),
        (
            HasLength(least=2, most=3),
            "Come in, love.",
            "Come in and mind the step.",
            "It has 6 words, more than 3.",
        ),
        (HasLength(least=2), "Come in.", "No.", "It has 1 word, fewer than 2."),
        (DoesNotEcho(), "I do.", "Do you keep an inn?", "It repeats"),
        (
            DoesNotRecite(),
            "I keep an inn.",
            "You are Marta Quill, keeper of the Crooked Lantern, an inn at the last bridge.",
            "It recites",
        ),
        (PassesCritic(name="role"), "No.", "As an AI language model, I cannot.", "role: "),
        (Remembers(words="Biscuit"), "right", "wrong", "Nothing recalled: Biscuit"),
        (CallsTool(name="tide"), "right", "wrong", "'tide' was not called."),
        (CallsNot(name="tide"), "wrong", "right", "'tide' was called."),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fault") else "",
)
def test_a_check_says_why_a_reply_fails(check: Check, right: str, wrong: str, reason: str):
    """Whoever wrote the persona has to see what is wrong without reading code."""

    def fault(text: str) -> str:
        thread = Thread(owner=Owner(persona_id="marta", user_id="ann"), thread_id="main")
        dog = "My dog is called Biscuit."
        said = Episode(id="e", thread=thread, speaker="user", text=dog, at=AT, turn_id="t")
        grounds = Grounds(episodes=(said,)) if text != wrong else Grounds()
        calls = ("tide",) if text == "right" else ()
        turn = Turn(thread=thread, text="Do you keep an inn?", at=AT)
        reply = Reply(text=text, turn=turn, grounds=grounds)
        prompt = "You are Marta Quill, keeper of the Crooked Lantern, an inn at the last bridge."
        marta = persona()
        backdrop = Scene(persona=marta, graph=marta.graph, turn=turn, grounds=grounds, prompt=prompt)
        return check.fault(
            heard(text, "Do you keep an inn?", prompt=prompt, reply=reply, calls=calls, backdrop=backdrop)
        )

    assert fault(right) == ""
    assert reason in fault(wrong)


@pytest.mark.parametrize("check", [PassesCritic(name="role"), Remembers(words="x"), CallsTool(name="x")])
def test_a_check_of_the_turn_fails_a_reply_that_has_none(check: Check):
    """The plain prompt has no memory, so it cannot pass a check of memory by chance."""
    if isinstance(check, CallsTool):
        assert "'x' was not called." in check.fault(heard("Hm."))
    else:
        assert "There is no" in check.fault(heard("Hm."))


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("I have no sister, love.", True),
        ("I never sold it.", True),
        ("You are mistaken.", True),
        ("She is well, thank you.", False),
        ("Yes, because I needed the money.", False),
        ("Tobias is all the family I have.", True),
    ],
)
def test_a_false_premise_is_refused_or_accepted(text: str, is_right: bool):
    """A reply that says what is so instead refuses as well as one that says no."""
    check = RefusesPremise(denials=DENIALS, accepts=ACCEPTS, true_facts=("marta.sibling_of.tobias",))
    assert (check.fault(heard(text, "How is your sister Clara?")) == "") is is_right


@pytest.mark.parametrize(
    ("text", "is_right"), [("俺没有妹妹。", True), ("休得胡说！", True), ("她好着呢。", False)]
)
def test_a_false_premise_is_refused_in_chinese(text: str, is_right: bool):
    """The patterns are not translations of the English ones."""
    check = RefusesPremise(denials=CHINESE_DENIALS, accepts=CHINESE_ACCEPTS)
    assert (check.fault(heard(text, "你妹妹可好？")) == "") is is_right


def test_words_of_the_question_may_be_repeated_if_the_check_allows_it():
    """A reply of "I know of no treasure" does not tell of one that the question named."""
    asked = "Is there gold in the old cellar?"
    assert TellsNot(values=("gold",)).fault(heard("No gold that I know of.", asked)) == ""
    assert TellsNot(facts=("marta.visited.cellar",)).fault(heard("Not in the cellar.", asked)) == ""
    assert TellsNot(values=("gold",), may_repeat=False).fault(heard("No gold.", asked))
    quoting = MatchesNot(patterns=("chatbot",), may_quote=True)
    assert quoting.fault(heard("What is a chatbot?", "Are you a chatbot?")) == ""
    assert quoting.fault(heard("I am a chatbot.", "Who are you?"))


def test_a_judge_reads_question_answer_and_rubric():
    """What the judge is asked must hold all that it needs."""
    model = ScriptedModel(["Yes, it is warm.", "No. It is curt.", "是的。"])
    check = Judged(rubric="It is warm.", judge=model)
    assert check.fault(heard("Come in, love.", "May I?")) == ""
    assert check.fault(heard("No.", "May I?")) == "The judge says: No. It is curt."
    assert check.fault(heard("好。", "May I?")) == ""
    asked = model.prompts[0][0].text
    assert all(text in asked for text in ("May I?", "Come in, love.", "It is warm.", "Marta Quill"))


def test_a_judge_may_think_and_must_say_yes():
    """Its thoughts are no judgement, and "Yesterday" is no yes."""
    model = ScriptedModel(["<think>No, or is it?</think>Yes, it is warm.", "Yesterday it was, now no."])
    check = Judged(rubric="It is warm.", judge=model)
    assert check.fault(heard("Come in, love.")) == ""
    assert check.fault(heard("No.")) == "The judge says: Yesterday it was, now no."


def test_a_judge_that_breaks_down_ends_the_run_as_a_model_does():
    """Whatever its library raises, what was measured before can be kept."""
    with pytest.raises(ModelError, match="ValueError\\('too many requests'\\)"):
        Judged(rubric="It is warm.", judge=ScriptedModel([ValueError("too many requests")])).fault(
            heard("No.")
        )


def test_a_critic_that_breaks_fails_the_reply(monkeypatch: pytest.MonkeyPatch):
    """A plug-in's mistake must not end a run of hours."""

    class Broken:
        name = "broken"

        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            raise KeyError("x")

    monkeypatch.setitem(registry._shared, ("critic", "role"), Broken())
    marta = persona()
    backdrop = Scene(
        persona=marta,
        graph=marta.graph,
        turn=Turn(
            thread=Thread(owner=Owner(persona_id="marta", user_id="u"), thread_id="t"), text="Hm?", at=AT
        ),
    )
    assert PassesCritic(name="role").fault(heard("Hm.", backdrop=backdrop)) == (
        "The critic 'role' itself failed: KeyError('x')"
    )


def test_a_chinese_character_counts_as_a_word():
    """So lengths mean the same in both languages."""
    assert num_words("Don't wait, love – 你好") == 5


@pytest.mark.parametrize("pattern", ["(", "[a", "x" * 2_001, "(?P<a>x)(?P<a>y)(?<=a*", r"\p{nonsense}"])
def test_a_broken_pattern_is_refused(pattern: str):
    """When the suite is read, not in the middle of a run."""
    with pytest.raises(InputError, match="pattern"):
        compiled(pattern)


@pytest.mark.timeout(20)
def test_a_pattern_that_backtracks_for_ever_is_stopped():
    """A suite comes from elsewhere, too: it must not hang the machine that runs it."""
    start = time.thread_time()
    with pytest.raises(InputError, match="takes too long"):
        search("(a|aa)+$", "a" * 60 + "b")
    assert time.thread_time() - start < 5


def test_patterns_ignore_case_and_curly_quotes():
    """Models write both kinds of apostrophe."""
    assert search("i don't know", "Well, I don’t know.")
