"""Talking in a terminal, and the command line's manners."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from roleagent import Parts
from roleagent.agent.agent import Agent
from roleagent.cli import main
from roleagent.cli.chat import Chat
from roleagent.concurrency.blocking import LoopThread
from roleagent.errors import AttachmentError
from roleagent.testing.embedders import HashEmbedder
from roleagent.testing.fakes import FirstFacts, ScriptedModel
from roleagent.testing.perceptors import FakePerceptor, write_tiny_wav


class TypingConsole(Console):
    """A console whose user types prepared lines."""

    def __init__(self, *lines: str) -> None:
        super().__init__(file=StringIO(), width=100, color_system=None)
        self.lines = list(lines)

    def input(self, *_: object, **__: object) -> str:
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    @property
    def text(self) -> str:
        return self.file.getvalue()  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


def chat(
    loop: LoopThread,
    *typed: str,
    answers: tuple[str, ...] = ("Pray sit down.",),
    listener: str = "",
    persona: str = "holmes",
    home: Path | None = None,
) -> str:
    """What the terminal shows when these lines are typed."""
    agent = Agent(
        persona,
        model=ScriptedModel(answers),
        parts=Parts(embedder=HashEmbedder(), ranker=FirstFacts(), perceptors=[], guards=[], critics=[]),
        home=home,
        on_disk=home is not None,
    )
    console = TypingConsole(*typed)
    talk = agent.conversation(user_id="violet", listener=listener)
    Chat(agent=agent, talk=talk, loop=loop, console=console).run()
    return console.text


def test_it_greets_answers_and_leaves(loop: LoopThread):
    """The least a chat must do."""
    text = chat(loop, "Good evening.", "/quit")
    assert "take the basket-chair by the fire" in text
    assert "Sherlock Holmes: Pray sit down." in text


def test_why_facts_and_history_tell_what_is_kept(loop: LoopThread):
    """Nothing about the user is kept behind their back."""
    told = "I live in Winchester. Do you know it?"
    text = chat(loop, "/why", "/facts", told, "/why", "/facts", "/history")
    assert "There is no reply to explain." in text
    assert "Nothing has been learned about you yet." in text
    assert "Facts in mind" in text
    assert "- The user lives in Winchester." in text
    assert f"you: {told}" in text


def test_a_reply_can_be_rated_and_bettered(loop: LoopThread):
    """What a better reply says of the user is learned, and shown."""
    text = chat(loop, "/good", "Good day.", "/good", "/better", "/better You live in Winchester.", "/facts")
    assert "There is no reply to rate." in text
    assert "What should it have said?" in text
    assert text.count("noted") == 2
    assert "learned: The user lives in Winchester." in text
    assert "- The user lives in Winchester." in text


def test_forgetting_asks_first_and_tells_what_went(loop: LoopThread):
    """Erasing cannot be undone."""
    typed = ["I live in Winchester.", "/forget all", "n", "/history", "/forget all", "y", "/facts", "/memory"]
    text = chat(loop, *typed, "/why")
    assert "This would be erased: 2 messages, 1 fact, and what rests on them alone." in text
    assert "- The user lives in Winchester." in text
    assert "Receipt of forgetting" in text
    assert text.index("you: I live in Winchester.") < text.index("Receipt")
    assert "Nothing has been learned about you yet." in text
    assert text.count("Sherlock Holmes remembers nothing of you yet.") == 2
    assert "There is no reply to explain." in text


def test_words_and_the_last_exchange_can_be_forgotten_alone(loop: LoopThread):
    """A slip of the tongue need not cost all memories."""
    typed = ["I live in Winchester.", "My cat is called Milo.", "/forget zanzibar", "/forget winchester", "y"]
    text = chat(loop, *typed, "/memory", "/forget last", "y", "/memory", answers=("Pray sit down.", "A cat!"))
    assert "No message or fact contains these words." in text
    assert "Sherlock Holmes remembers 3 messages from 1 conversation with you, the last one just now" in text
    assert "Sherlock Holmes remembers 1 message from 1 conversation with you" in text
    assert "Forget what?" in chat(loop, "/forget")


def test_after_a_turn_it_says_what_was_learned_and_what_changed(loop: LoopThread):
    """A user sees at once what is kept of them, and that a correction has been taken."""
    text = chat(
        loop, "I live in Winchester.", "I moved to Lewes.", answers=("Pray sit down.", "A fine town.")
    )
    assert "  learned: The user lives in Winchester.\n" in text
    assert "  changed: The user lives in Winchester. → The user lives in Lewes.\n" in text


def test_a_chinese_character_tells_it_in_chinese(loop: LoopThread):
    """The lines around the talk are in the language of the talk."""
    typed = ["我叫小梅，我住在苏州。", "不对，我住在杭州，不是苏州。", "/memory", "/forget all", "n"]
    text = chat(loop, *typed, answers=("好！", "俺记下了。"), persona="sunwukong")
    assert "孙悟空还没有关于你的记忆。" in text
    assert "  记住了：用户住在苏州。\n" in text
    assert "  更正：用户住在苏州。 → 用户住在杭州。\n" in text
    assert "孙悟空记得与你的 1 次对话、4 条消息（最近一次在刚才），以及关于你的 2 条事实。" in text
    assert "将会抹去：4 条消息、2 条事实" in text


def test_a_correction_is_told_as_one(loop: LoopThread):
    """It never was so, which is not the same as a move."""
    typed = ["I live in Oxford.", "No, I live in Lewes, not in Oxford."]
    text = chat(loop, *typed, answers=("Pray sit down.", "I stand corrected."))
    assert "  corrected: The user lives in Oxford. → The user lives in Lewes.\n" in text


def test_words_bring_back_what_was_said(loop: LoopThread):
    """The user may look into the character's memory."""
    text = chat(loop, "My red Brompton squeaks.", "/memory brompton")
    assert "violet" in text.partition("when (UTC)")[2]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/image no/such.png", "error: "),
        ("/image", "Which file? /image PATH [words]"),
        ("/image 'half a quote", "error: "),
        ("/dance", "There is no /dance."),
        ("/help", "/forget"),
    ],
)
def test_a_mistake_is_one_line_and_the_talk_goes_on(loop: LoopThread, typed: str, told: str):
    """Nobody should lose a conversation to a typo."""
    text = chat(loop, typed, "Good evening.")
    assert told in text
    assert "Sherlock Holmes: Pray sit down." in text
    assert "Traceback" not in text


def test_an_error_of_the_command_line_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A stack trace tells a user nothing."""
    monkeypatch.setattr(sys, "argv", ["roleagent", "ask", "sherlok", "Hello"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.startswith("error: No persona is called 'sherlok'.")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("command", [["ask", "holmes", "Hello"], ["chat", "holmes"]])
def test_a_wrong_policy_is_one_line_with_its_place(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    """Whoever writes a policy learns where it is wrong before anybody talks."""
    policy = tmp_path / "policy.yaml"
    policy.write_text("topics:\n  crisis: allow\n")
    monkeypatch.setattr(sys, "argv", ["roleagent", *command, "--policy", str(policy)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.err.startswith(f"error: {policy}:2:3: topics.crisis is 'allow': it may be step_out")
    assert said.err.count("\n") == 1


def test_a_missing_file_is_the_files_fault():
    """The error names the path, so that the user can mend it."""
    with Agent(
        "holmes", model=ScriptedModel(["x"]), on_disk=False,
        parts=Parts(embedder=HashEmbedder(), ranker=FirstFacts(), perceptors=[], guards=[], critics=[]),
    ) as agent, pytest.raises(AttachmentError, match=r"no/such\.png"):  # fmt: skip
        agent.run_sync("Look", user_id="violet", attachments=["no/such.png"])


def test_the_listener_goes_with_every_turn(loop: LoopThread):
    """The page of reasons says to whom the character spoke."""
    assert "met by watson" in chat(loop, "Good evening.", "/why", listener="watson")
    assert "met by" not in chat(loop, "Good evening.", "/why")


# ── taking back ──────────────────────────────────────────────────────────────────────────────


def test_undo_takes_back_the_last_exchange_and_what_was_learned_from_it(loop: LoopThread):
    """A slip need not stay in the character's head."""
    typed = ["I like tea.", "I live in Winchester.", "/undo", "/facts", "/history"]
    text = chat(loop, *typed, answers=("Indeed?", "A fine town."))
    assert "taken back: I live in Winchester." in text
    after = text.partition("taken back")[2]
    assert "The user likes tea." in after
    assert "lives in Winchester" not in after.partition("\n")[2]


def test_retry_asks_the_same_again(loop: LoopThread):
    """A bad reply is neither kept nor built upon."""
    text = chat(loop, "Who are you?", "/retry", "/history", answers=("A tea kettle.", "Sherlock Holmes."))
    history = text.rpartition("taken back: Who are you?")[2]
    assert "Sherlock Holmes: Sherlock Holmes." in history
    assert "kettle" not in history


def test_retry_shows_the_picture_again(loop: LoopThread, tmp_path):
    """Its file goes with the exchange that is taken back."""
    picture = tmp_path / "red.png"
    Image.new("RGB", (9, 9), "red").save(picture)
    answers = ("A blue square.", "A red square.")
    text = chat(loop, f"/image {picture} What is this?", "/retry", "/why", answers=answers, home=tmp_path)
    assert "Sherlock Holmes: A red square." in text
    assert "no longer here" not in text
    assert len(list((tmp_path / "media").rglob("*.png"))) == 1


def test_edit_says_something_else_in_place_of_the_last(loop: LoopThread):
    """What was meant, not what was typed."""
    typed = ["I live in Winchester.", "/edit I live in Lewes.", "/facts", "/history"]
    text = chat(loop, *typed, answers=("A fine town.", "On the Ouse."))
    after = text.partition("taken back: I live in Winchester.")[2]
    assert "- The user lives in Lewes." in after
    assert "Winchester" not in after


def test_edit_without_words_asks_for_them(loop: LoopThread):
    """At a terminal the old text stands on the line, to be changed."""
    text = chat(loop, "Who?", "/edit", "Where?", "/history", answers=("I.", "Here."))
    assert "you: Where?" in text.partition("taken back: Who?")[2]


@pytest.mark.parametrize("command", ["/undo", "/retry", "/edit No."])
def test_there_is_nothing_to_take_back_at_first(loop: LoopThread, command: str):
    """A command that cannot do anything says so."""
    assert "Nothing was said here yet." in chat(loop, command)


def test_threads_lists_conversations_and_goes_to_another(loop: LoopThread):
    """Who talks of several things can keep them apart."""
    typed = ["Good evening.", "/threads case", "It is about a dog.", "/threads", "/history"]
    text = chat(loop, *typed, answers=("Pray sit down.", "A dog?"))
    assert "This is now the conversation “case”." in text
    lines = [line for line in text.splitlines() if "messages," in line and line[:4] in ("main", "case")]
    assert [line[:4] for line in lines] == ["main", "case"]
    assert [line.endswith("← here") for line in lines] == [False, True]
    assert "Good evening" not in text.partition("← here")[2]


def test_a_text_of_several_lines_is_one_turn(loop: LoopThread):
    """A list or a poem is pasted as it is."""
    text = chat(
        loop, '"""Three things:', "- tea", '- milk"""', "one \\", "two", "/history", answers=("A.", "B.")
    )
    assert "you: Three things:\n- tea\n- milk" in text
    assert "you: one \ntwo" in text


def test_leaving_a_question_open_means_no(loop: LoopThread):
    """Ctrl-D at "Erase this for good?" must not erase, nor end with a traceback."""
    text = chat(loop, "I live in Winchester.", "/forget all")
    assert "This would be erased" in text
    assert "Receipt" not in text


def test_help_is_in_the_characters_language(loop: LoopThread):
    """Who talks Chinese reads Chinese."""
    text = chat(loop, "/help", "/dance", persona="sunwukong")
    assert "收回上一轮对话" in text
    assert "没有 /dance 这个命令。" in text
    assert "show a picture" not in text


def test_a_voice_is_said_and_a_recording_is_played(loop: LoopThread, tmp_path: Path):
    """What is heard in the one are the user's words; the other is something to listen to."""
    memo = write_tiny_wav(tmp_path / "memo.wav")
    ear = FakePerceptor("Good day to you.", kind="transcript", media_types=("audio/*",))
    with Agent(
        "holmes",
        model=ScriptedModel(["Pray sit down.", "I hear."]),
        parts=Parts(embedder=HashEmbedder(), ranker=FirstFacts(), perceptors=[ear], guards=[], critics=[]),
        on_disk=False,
    ) as agent:
        console = TypingConsole(f"/say {memo}", f"/audio {memo} Listen.")
        talk = agent.conversation(user_id="ann")
        Chat(agent=agent, talk=talk, loop=loop, console=console).run()
        said = [
            each
            for each in agent._running.sync(agent.conversation(user_id="ann").history())
            if each.speaker == "user"
        ]
    assert [(each.text, len(each.observations)) for each in said] == [("Good day to you.", 0), ("Listen.", 1)]
