"""LlamaCppChat: the fast checks without weights, the others on SmolLM2 135M."""

import asyncio
import time
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from langchain_tests.unit_tests import ChatModelUnitTests
from pydantic import BaseModel, ValidationError

from roleagent import registry
from roleagent.errors import InputError, ModelError, ModelNotFoundError, ModelUnavailableError
from roleagent.models.llama_cpp import LlamaCppChat, load_llama_cpp
from roleagent.settings import get_settings

PROMPT = "Tell me a story about the sea."


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@tool
def roll_dice(sides: int) -> int:
    """Roll a die."""
    return sides


@pytest.fixture
def empty_gguf(tmp_path: Path) -> Path:
    """A file that is there and no model."""
    path = tmp_path / "empty.gguf"
    path.write_bytes(b"GGUF")
    return path


class TestStandardUnit(ChatModelUnitTests):
    """The peers' own unit suite; it reads no weights."""

    @pytest.fixture(autouse=True)
    def _file(self, empty_gguf: Path) -> None:
        self.path = empty_gguf

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LlamaCppChat

    @property
    def chat_model_params(self) -> dict:
        return {"path": str(getattr(self, "path", __file__))}


def test_a_missing_file_is_said_when_the_model_is_made(tmp_path: Path) -> None:
    """Not at the first turn of a conversation."""
    with pytest.raises(ModelUnavailableError, match=r"gone\.gguf' is no file"):
        LlamaCppChat(path=tmp_path / "gone.gguf")


def test_an_unknown_name_is_refused() -> None:
    """The catalogue names what it has."""
    with pytest.raises(ModelNotFoundError):
        load_llama_cpp("smolm2-135m")


def test_a_path_works_as_a_name(empty_gguf: Path) -> None:
    """`llama-cpp:PATH.gguf` on the command line."""
    model = registry.find("model", "llama-cpp")(str(empty_gguf))
    assert (model.path, model.model) == (empty_gguf, "empty")


def test_a_model_by_name_loads_its_library_at_once(empty_gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaded after torch, llama.cpp would take torch's OpenMP, whose threads spin."""
    loaded: list[bool] = []
    monkeypatch.setattr("roleagent.models.llama_cpp.load_library", lambda: loaded.append(True))
    load_llama_cpp(str(empty_gguf))
    assert loaded == [True]


@pytest.mark.parametrize("keeps", [True, False])
def test_the_settings_say_whether_and_where_prompts_are_kept(
    empty_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    """The files contain the persona's text, so one must be able to do without them."""
    monkeypatch.setenv("ROLEAGENT_KEEP_PROMPTS", str(keeps))
    monkeypatch.setenv("ROLEAGENT_PROMPTS_DIR", str(tmp_path))
    get_settings.cache_clear()
    try:
        assert load_llama_cpp(str(empty_gguf)).keep_prompts_in == (tmp_path if keeps else None)
    finally:
        get_settings.cache_clear()


@pytest.mark.parametrize("field", [{"num_ctx": 0}, {"max_tokens": 0}, {"temperature": -1}, {"top_p": 2}])
def test_settings_out_of_range_are_refused(empty_gguf: Path, field: dict) -> None:
    """llama.cpp would crash or answer nothing."""
    with pytest.raises(ValidationError):
        LlamaCppChat(path=empty_gguf, **field)


def test_the_profile_says_what_it_takes(empty_gguf: Path) -> None:
    """The agent describes pictures in words to a model that cannot see."""
    profile = LlamaCppChat(path=empty_gguf, num_ctx=512).profile
    assert (profile["image_inputs"], profile["tool_calling"], profile["max_input_tokens"]) == (
        False,
        True,
        512,
    )


def test_a_picture_is_refused(empty_gguf: Path, red_block: dict) -> None:
    """Before any weights are loaded."""
    with pytest.raises(InputError, match="'empty' reads text alone"):
        LlamaCppChat(path=empty_gguf).invoke([HumanMessage([red_block])])


@pytest.mark.slow
def test_a_broken_file_is_a_model_error(empty_gguf: Path) -> None:
    """llama.cpp itself says only that it failed."""
    with pytest.raises(ModelError, match=r"cannot load '.*empty\.gguf'.*whole GGUF file"):
        LlamaCppChat(path=empty_gguf, num_threads=1).load()


@pytest.mark.slow
class TestOnRealWeights:
    """What only a real engine can show."""

    async def test_all_four_ways_give_the_same_answer(self, smollm: LlamaCppChat) -> None:
        """Greedy answers must not depend on how they are read."""
        smollm.invoke(PROMPT)  # so that all find the prompt in the cache: rounding differs a little without
        invoked = smollm.invoke(PROMPT)
        assert len(invoked.text) > 20
        assert "".join(chunk.text for chunk in smollm.stream(PROMPT)) == invoked.text
        assert (await smollm.ainvoke(PROMPT)).text == invoked.text
        assert "".join([chunk.text async for chunk in smollm.astream(PROMPT)]) == invoked.text

    def test_usage_and_metadata(self, smollm: LlamaCppChat) -> None:
        """Counted by the engine; a repeated prompt is read from its cache."""
        smollm.invoke(PROMPT)
        answer = smollm.invoke(PROMPT)
        usage = answer.usage_metadata
        assert usage["output_tokens"] == 24
        assert usage["total_tokens"] == usage["input_tokens"] + 24
        assert usage["input_token_details"]["cache_read"] >= usage["input_tokens"] - 1
        assert answer.response_metadata["finish_reason"] == "length"
        assert answer.response_metadata["model_name"] == "SmolLM2-135M-Instruct.Q4_1"

    async def test_answers_are_weighed_before_sampling(self, smollm: LlamaCppChat) -> None:
        """The likeliest is the one that a greedy answer takes; the others have what is left."""
        first = smollm.invoke(PROMPT, max_tokens=1).text
        choices = [first, *({"The", "In", "As", "A"} - {first})]
        weighed = await smollm.weigh([HumanMessage(PROMPT)], choices)
        assert 1 > weighed[0] > max(weighed[1:]) > 0
        assert sum(weighed) <= 1
        hot = smollm.model_copy(update={"temperature": 1.5})
        assert await hot.weigh([HumanMessage(PROMPT)], choices) == pytest.approx(weighed, abs=0.02)
        with pytest.raises(ModelError, match="finds none of the answers 鸢 likely"):
            await smollm.weigh([HumanMessage(PROMPT)], ["鸢"])

    def test_streams_in_many_pieces(self, smollm: LlamaCppChat) -> None:
        """About one a token, the last one with usage."""
        chunks = list(smollm.stream(PROMPT))
        assert len([chunk for chunk in chunks if chunk.text]) > 15
        assert chunks[-1].usage_metadata["output_tokens"] == 24

    def test_stop_words_end_the_answer(self, smollm: LlamaCppChat) -> None:
        """The word itself is not part of it."""
        word = smollm.invoke(PROMPT).text.split()[5]
        answer = smollm.invoke(PROMPT, stop=[word])
        assert word not in answer.text
        assert answer.response_metadata["finish_reason"] == "stop"

    def test_options_of_a_call_win(self, smollm: LlamaCppChat) -> None:
        """`bind(max_tokens=…)` and the like."""
        assert smollm.invoke(PROMPT, max_tokens=3).usage_metadata["output_tokens"] == 3

    def test_a_seed_repeats_a_draw(self, smollm: LlamaCppChat) -> None:
        """Warm answers can be made reproducible."""
        drawn = [smollm.invoke(PROMPT, temperature=1.5, seed=seed).text for seed in (1, 1, 2)]
        assert drawn[0] == drawn[1] != drawn[2]

    def test_structured_output(self, smollm: LlamaCppChat) -> None:
        """Even the smallest model cannot leave the schema."""
        person = smollm.with_structured_output(Person).invoke("Ada is 36 years old.")
        assert isinstance(person, Person)
        schema = {"title": "Town", "type": "object", "properties": {"town": {"enum": ["York", "Bath"]}}}
        schema["required"] = ["town"]
        assert smollm.with_structured_output(schema).invoke("Pick one.")["town"] in ("York", "Bath")

    def test_a_forced_call_and_its_result(self, smollm: LlamaCppChat) -> None:
        """There and back through the chat template."""
        bound = smollm.bind_tools([roll_dice], tool_choice="roll_dice")
        asked: AIMessage = bound.invoke("Roll a die with six sides.")
        assert asked.tool_calls[0]["name"] == "roll_dice"
        assert isinstance(asked.tool_calls[0]["args"]["sides"], int)
        told = ToolMessage("4", tool_call_id=asked.tool_calls[0]["id"])
        free = smollm.bind_tools([roll_dice])
        assert free.invoke([HumanMessage("Roll a die."), asked, told]).text

    def test_a_prompt_over_the_context_is_told_in_tokens(self, smollm: LlamaCppChat) -> None:
        """And the engine goes on to serve."""
        with pytest.raises(
            ModelError, match=r"prompt of \d{4} tokens does not fit the context of 2048 tokens"
        ):
            smollm.invoke("x " * 4000)
        assert smollm.invoke("Hello.").text

    def test_closing_a_stream_stops_the_engine(self, smollm: LlamaCppChat) -> None:
        """A draft that a critic stops must not hold up the next."""
        long = smollm.bind(max_tokens=1500, stop=["\x00"])
        stream = long.stream(PROMPT)
        next(stream)
        stream.close()
        began = time.perf_counter()
        assert smollm.invoke("Hello.", max_tokens=2).text
        assert time.perf_counter() - began < 10  # the whole story takes over half a minute

    async def test_cancelling_a_task_stops_the_engine(self, smollm: LlamaCppChat) -> None:
        """So does asyncio's way, also while the prompt is still being read."""
        prompt = [SystemMessage("The sea is wide and the sky is high. " * 120), HumanMessage(PROMPT)]
        task = asyncio.create_task(smollm.ainvoke(prompt, max_tokens=500))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        answer = await asyncio.wait_for(smollm.ainvoke("Hello.", max_tokens=2), timeout=30)
        assert answer.text

    async def test_the_event_loop_stays_free(self, smollm: LlamaCppChat) -> None:
        """Other conversations go on while the engine works."""
        smollm.load()
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticker = asyncio.create_task(tick())
        began = time.perf_counter()
        await smollm.ainvoke(PROMPT, max_tokens=60)
        ticker.cancel()
        assert ticks > 20 * (time.perf_counter() - began)

    async def test_many_callers_share_the_engine(self, smollm: LlamaCppChat) -> None:
        """Each gets the answer to its own question."""
        alone = [smollm.invoke(text, max_tokens=6).text for text in ("Hello.", "What is red?", "Count.")]
        together = await asyncio.gather(
            *(smollm.ainvoke(text, max_tokens=6) for text in ("Hello.", "What is red?", "Count."))
        )
        assert [answer.text for answer in together] == alone

    def test_chunks_add_up_to_the_message(self, smollm: LlamaCppChat) -> None:
        """LangGraph adds them."""
        chunks = list(smollm.bind_tools([roll_dice], tool_choice="any").stream("Roll."))
        whole = chunks[0] + chunks[1:]
        assert isinstance(whole, AIMessageChunk)
        assert whole.tool_calls[0]["name"] == "roll_dice"
        assert whole.text == ""


@pytest.mark.slow
def test_no_text_becomes_a_control_token(smollm: LlamaCppChat) -> None:
    """A message could otherwise end its turn and write the system's: every such token counts several then."""

    def num_tokens(*messages: BaseMessage) -> int:
        return smollm.invoke([*messages], max_tokens=1).usage_metadata["input_tokens"]

    four = "<|im_start|>" * 4
    for wrap in (SystemMessage, HumanMessage, AIMessage, lambda text: ToolMessage(text, tool_call_id="1")):
        messages = [SystemMessage("s"), wrap("x"), HumanMessage("y")]
        more = [SystemMessage("s"), wrap("x" + four), HumanMessage("y")]
        assert num_tokens(*more) - num_tokens(*messages) > 4 * 4
