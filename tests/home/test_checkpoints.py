"""Tests of the checkpoints: any loop, any process, every value of a turn, nothing said in the log."""

import asyncio
import dataclasses
import logging
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from roleagent.errors import StoreError
from roleagent.home.checkpoints import CheckpointSerializer, open_checkpointer
from roleagent.store import ThreadSummary
from roleagent.types import (
    Attachment,
    Episode,
    Fact,
    GraphUpdate,
    Grounds,
    HeldBack,
    Node,
    Observation,
    Owner,
    Reply,
    Revision,
    Thread,
    ToolUse,
    Turn,
    Usage,
    Verdict,
)

NOW = datetime(2026, 5, 1, 12, 30, 0, 123456, tzinfo=UTC)
CONFIG: dict[str, Any] = {"configurable": {"thread_id": "one"}}


class State(TypedDict, total=False):
    turn: Turn
    reply: Reply
    answer: str
    messages: list[Any]


def full_reply() -> Reply:
    picture = Attachment(id="a1", media_type="image/png", path="cat.png", name="cat.png", num_bytes=7)
    turn = Turn(
        thread=Thread(owner=Owner(persona_id="holmes", user_id="ada"), thread_id="one"),
        text="看",
        at=NOW,
        attachments=(picture,),
    )
    fact = Fact(id="f", subject="ada", relation="owns", object="milo", text="Ada owns Milo.", recorded_at=NOW)
    verdict = Verdict(critic="role", ok=False, reason="speaks as an AI", evidence=("f",))
    tool_use = ToolUse(id="c1", name="look_up_fact", arguments={"query": "cat"}, result="Milo")
    episode = Episode(id="e", thread=turn.thread, turn_id=turn.id, speaker="user", text="看", at=NOW)
    return Reply(
        turn=turn,
        text="A cat.",
        grounds=Grounds(
            observations=(
                Observation(
                    kind="tags",
                    text="tabby",
                    source="tagger",
                    attachment_id="a1",
                    region=(0.0, 0.0, 1.0, 1.0),
                ),
            ),
            episodes=(episode,),
            facts=(fact,),
        ),
        update=GraphUpdate(
            nodes=(Node(id="milo", type="animal", label="Milo", aliases=("米洛",)),),
            added=(fact,),
            held_back=(HeldBack(fact=fact, reason="fixed"),),
        ),
        verdicts=(verdict,),
        revisions=(Revision(draft="As an AI", verdicts=(verdict,)),),
        tool_uses=(tool_use,),
        usage=Usage(input_tokens=3, output_tokens=2),
        timings_ms={"recall": 1.5},
    )


def build(checkpointer: Any) -> Any:
    async def ask(state: State) -> State:
        return {"answer": interrupt("May I?")}

    async def note(state: State) -> State:
        return {"reply": full_reply(), "messages": [HumanMessage("hi"), AIMessage("ho")]}

    builder = StateGraph(State)
    builder.add_node("note", note)
    builder.add_node("ask", ask)
    builder.add_edge(START, "note")
    builder.add_edge("note", "ask")
    builder.add_edge("ask", END)
    return builder.compile(checkpointer=checkpointer)


def test_every_value_of_a_turn_comes_back_equal_in_another_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A resumed turn must see what the interrupted one saw, and no later LangGraph may block it."""
    caplog.set_level(logging.WARNING)
    checkpointer = open_checkpointer(tmp_path / "c.sqlite3")
    graph = build(checkpointer)
    asyncio.run(graph.ainvoke({"turn": full_reply().turn}, CONFIG))
    result = asyncio.run(graph.ainvoke(Command(resume="yes"), CONFIG))
    checkpointer.close()
    assert result["reply"] == full_reply()
    assert result["turn"] == full_reply().turn
    assert result["answer"] == "yes"
    assert [message.content for message in result["messages"]] == ["hi", "ho"]
    assert caplog.records == []


RESUME = """
import asyncio, importlib.util, sys
spec = importlib.util.spec_from_file_location("tests_of_checkpoints", sys.argv[1])
tests = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tests)
checkpointer = tests.open_checkpointer(sys.argv[2])
result = asyncio.run(tests.build(checkpointer).ainvoke(tests.Command(resume="yes"), tests.CONFIG))
assert result["reply"] == tests.full_reply()
print(result["answer"])
"""


@pytest.mark.slow
def test_a_turn_that_waits_is_resumed_by_another_process(tmp_path: Path) -> None:
    """Approval may come after a restart."""
    path = tmp_path / "c.sqlite3"
    checkpointer = open_checkpointer(path)
    asyncio.run(build(checkpointer).ainvoke({"turn": full_reply().turn}, CONFIG))
    checkpointer.close()
    done = subprocess.run(
        [sys.executable, "-c", RESUME, __file__, str(path)], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("yes", "")


def test_a_class_that_is_not_a_value_is_not_revived(caplog: pytest.LogCaptureFixture) -> None:
    """A checkpoint is data: reading one must not run somebody else's constructor."""
    serializer = CheckpointSerializer()
    stranger = ThreadSummary(thread_id="one", num_episodes=1, last_at=NOW)
    revived = serializer.loads_typed(serializer.dumps_typed(stranger))
    assert not isinstance(revived, ThreadSummary)
    assert f"Blocked deserialization of {ThreadSummary.__module__}.ThreadSummary" in caplog.text


def test_a_deleted_thread_leaves_no_byte(tmp_path: Path) -> None:
    """Forgetting must reach the checkpoints, and the log of the database too."""
    checkpointer = open_checkpointer(tmp_path / "c.sqlite3")
    graph = build(checkpointer)
    asyncio.run(graph.ainvoke({"turn": full_reply().turn}, CONFIG))
    assert any(b"tabby" in file.read_bytes() for file in tmp_path.iterdir())
    asyncio.run(checkpointer.adelete_thread("one"))
    assert not any(b"tabby" in file.read_bytes() for file in tmp_path.iterdir())
    assert asyncio.run(graph.aget_state(CONFIG)).values == {}
    checkpointer.close()


def test_many_conversations_at_once_do_not_mix(tmp_path: Path) -> None:
    """One saver serves all conversations of a server."""
    checkpointer = open_checkpointer(tmp_path / "c.sqlite3")
    graph = build(checkpointer)

    async def talk(number: int) -> Any:
        config: Any = {"configurable": {"thread_id": str(number)}}
        await graph.ainvoke({"turn": full_reply().turn}, config)
        return (await graph.ainvoke(Command(resume=str(number)), config))["answer"]

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(talk(number) for number in range(8)))

    assert asyncio.run(all_at_once()) == [str(number) for number in range(8)]
    checkpointer.close()


def test_a_damaged_file_is_one_clear_error(tmp_path: Path) -> None:
    """A user can act on a file name and a way out, not on a stack trace of SQLite."""
    path = tmp_path / "c.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"c\.sqlite3: .* move it away"):
        open_checkpointer(path)


async def test_it_passes_the_conformance_suite_of_langgraph() -> None:
    """Whatever LangGraph asks of a saver, also in its later versions."""

    @checkpointer_test(name="Checkpointer")
    async def make() -> Any:
        checkpointer = open_checkpointer(":memory:")
        yield checkpointer
        checkpointer.close()

    report = await validate(make)
    assert report.passed_all_base(), report.to_dict()


def test_all_threads_of_a_prefix_go_at_once(tmp_path: Path):
    """Forgetting a person must reach every conversation of theirs, and no one else's."""
    saver = open_checkpointer(tmp_path / "checkpoints.db")
    for thread_id in ("ann/one", "ann/two", "anna/one"):
        config = {"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}}
        saver.put(config, empty_checkpoint(), {}, {})
    assert saver.delete_threads("ann/") == 2
    assert [found.config["configurable"]["thread_id"] for found in saver.list(None)] == ["anna/one"]
    saver.close()


def test_a_turn_of_an_earlier_release_comes_back_as_plain_values():
    """Its fields were others: whoever resumes it is told so, and nothing else is lost."""

    @dataclasses.dataclass
    class OldTurn:
        persona_id: str
        user_id: str
        thread_id: str

    OldTurn.__module__, OldTurn.__name__ = "roleagent.types", "Turn"
    serializer = CheckpointSerializer()
    saved = serializer.dumps_typed({"turn": OldTurn("holmes", "ada", "one"), "draft": "Well."})
    assert serializer.loads_typed(saved) == {
        "turn": {"persona_id": "holmes", "user_id": "ada", "thread_id": "one"},
        "draft": "Well.",
    }
