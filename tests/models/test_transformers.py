"""TransformersChat on tiny models of the true architectures, opened from directories like real ones."""

import asyncio
import base64
import copy
from collections.abc import Sequence
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from PIL import Image

from roleagent import registry
from roleagent.errors import ConfigurationError, InputError, ModelError, ModelUnavailableError
from roleagent.models.checkpoint import hold_in_memory, release_checkpoint, shared_checkpoint
from roleagent.models.generation import _encode
from roleagent.models.transformers import TransformersChat, load_transformers

pytestmark = pytest.mark.slow


@pytest.fixture
def text_model(tiny_text: Path) -> TransformersChat:
    return TransformersChat(path_or_id=str(tiny_text), temperature=0, max_tokens=12)


@pytest.fixture
def seeing_model(tiny_llava: Path) -> TransformersChat:
    return TransformersChat(path_or_id=str(tiny_llava), temperature=0, max_tokens=12)


def about(*blocks: dict) -> list[HumanMessage]:
    return [HumanMessage([*blocks, {"type": "text", "text": "What is this?"}])]


class TestStandardUnit(ChatModelUnitTests):
    """The peers' own unit suite."""

    @pytest.fixture(autouse=True)
    def _directory(self, tiny_text: Path) -> None:
        self.directory = tiny_text

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return TransformersChat

    @property
    def chat_model_params(self) -> dict:
        return {"path_or_id": str(getattr(self, "directory", "org/model"))}

    @property
    def has_tool_calling(self) -> bool:
        return False  # the suite means calls that can be forced

    @property
    def has_structured_output(self) -> bool:
        return False


class TestStandardIntegration(ChatModelIntegrationTests):
    """The peers' own integration suite; random weights call no tools and obey no schema."""

    @pytest.fixture(autouse=True)
    def _directory(self, tiny_llava: Path) -> None:
        self.directory = tiny_llava

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return TransformersChat

    @property
    def chat_model_params(self) -> dict:
        return {
            "path_or_id": str(getattr(self, "directory", "org/model")),
            "temperature": 0,
            "max_tokens": 16,
        }

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False


def test_a_picture_reaches_the_network(
    seeing_model: TransformersChat, red_png: bytes, tmp_path: Path
) -> None:
    """Another picture, another answer; the same picture in another form, the same answer."""
    encoded = base64.b64encode(red_png).decode()
    file = tmp_path / "red.png"
    file.write_bytes(red_png)
    noise = tmp_path / "noise.png"
    Image.effect_noise((40, 30), 90).save(noise)
    forms = [
        {"type": "image", "base64": encoded, "mime_type": "image/png"},
        {"type": "image", "url": file.as_uri()},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}},
    ]
    answers = {seeing_model.invoke(about(form)).text for form in forms}
    assert len(answers) == 1
    other = seeing_model.invoke(about({"type": "image", "url": noise.as_uri()}))
    assert other.usage_metadata["input_tokens"] > 4
    assert other.text not in answers


async def test_all_four_ways_give_the_same_answer(seeing_model: TransformersChat, red_block: dict) -> None:
    """Greedy answers must not depend on how they are read."""
    question = about(red_block)
    invoked = seeing_model.invoke(question)
    streamed = list(seeing_model.stream(question))
    assert "".join(chunk.text for chunk in streamed) == invoked.text
    assert (await seeing_model.ainvoke(question)).text == invoked.text
    assert "".join([chunk.text async for chunk in seeing_model.astream(question)]) == invoked.text
    assert streamed[-1].usage_metadata == invoked.usage_metadata


async def test_answers_are_weighed_by_the_model_s_own_probabilities(text_model: TransformersChat) -> None:
    """The same as the last row of a forward pass, whatever the sampling is."""
    import torch

    messages = [SystemMessage("Stay yourself."), HumanMessage("yes no 1 2?")]
    weighed = await text_model.weigh(messages, ["1", "2", "!"])
    checkpoint = shared_checkpoint(text_model.path_or_id, device="auto", dtype="auto")
    inputs = _encode(checkpoint, [text_model._question(messages, None, {})])
    with torch.inference_mode():
        row = checkpoint.model(**inputs).logits[0, -1].softmax(-1)
    tokens = checkpoint.tokenizer.convert_tokens_to_ids(["1", "2", "!"])
    assert weighed == pytest.approx(row[tokens].tolist())
    hot = TransformersChat(path_or_id=text_model.path_or_id, temperature=2.0)
    assert await hot.weigh(messages, ["1", "2", "!"]) == pytest.approx(weighed)


async def test_a_choice_of_several_tokens_cannot_be_weighed(text_model: TransformersChat) -> None:
    """Its first token says too little: "very" begins several answers."""
    with pytest.raises(InputError, match="'very much' is not one token"):
        await text_model.weigh([HumanMessage("Well?")], ["very much"])


def test_usage_and_metadata(text_model: TransformersChat) -> None:
    """Counted in the model's tokens."""
    answer = text_model.invoke([SystemMessage("Stay."), HumanMessage("Hi")])
    tokenizer = shared_checkpoint(text_model.path_or_id, device="auto", dtype="auto").tokenizer
    prompt = "system: Stay.\nuser: Hi\nassistant: "
    usage = answer.usage_metadata
    assert usage["input_tokens"] == len(tokenizer(prompt)["input_ids"])
    assert usage["output_tokens"] == 12
    assert answer.response_metadata == {"model_name": text_model.model, "finish_reason": "length"}


def test_a_batch_gives_what_single_calls_give(text_model: TransformersChat) -> None:
    """Left padding and masks must not change an answer."""
    prompts = ["one", "The detective looked at the picture on the wall.", "你好", "red green blue"]
    single = [text_model.invoke(prompt).text for prompt in prompts]
    together = text_model.batch(prompts)
    assert [answer.text for answer in together] == single
    assert len({answer.usage_metadata["input_tokens"] for answer in together}) > 1


async def test_pictures_can_be_batched(seeing_model: TransformersChat, red_block: dict) -> None:
    """Beside calls without any."""
    prompts = [about(red_block), [HumanMessage("Hi")], about(red_block), about(red_block, red_block)]
    single = [seeing_model.invoke(prompt).text for prompt in prompts]
    assert [answer.text for answer in await seeing_model.abatch(prompts)] == single


def test_stop_words_end_the_answer(text_model: TransformersChat) -> None:
    """In whatever way the answer is read."""
    whole = text_model.invoke("Hi").text
    word = whole[len(whole) // 2 :][:2]
    expected = whole[: whole.index(word)]
    assert text_model.invoke("Hi", stop=[word]).text == expected
    chunks = list(text_model.stream("Hi", stop=[word], max_tokens=200))
    assert "".join(chunk.text for chunk in chunks) == expected
    assert chunks[-1].response_metadata["finish_reason"] == "stop"
    assert chunks[-1].usage_metadata["output_tokens"] < 200


def test_a_seed_repeats_a_draw_and_leaves_the_generator_alone(text_model: TransformersChat) -> None:
    """The caller's random numbers are the caller's."""
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    drawn = [text_model.invoke("Hi", temperature=1.0, seed=seed).text for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert torch.equal(torch.rand(1), expected)


def test_tool_messages_go_through_the_template(text_model: TransformersChat) -> None:
    """A template that ignores tools must not break on them."""
    call = {"name": "roll", "args": {"sides": 6}, "id": "1"}
    messages = [HumanMessage("Roll."), AIMessage("", tool_calls=[call]), ToolMessage("4", tool_call_id="1")]
    assert text_model.invoke(messages).text


def test_tools_can_be_offered_but_not_forced(text_model: TransformersChat) -> None:
    """There is no grammar here that could hold the model to a call."""

    @tool
    def roll(sides: int) -> int:
        """Roll a die."""
        return sides

    assert text_model.bind_tools([roll]).invoke("Roll.").text
    with pytest.raises(ConfigurationError, match="cannot be made to call a tool"):
        text_model.bind_tools([roll], tool_choice="any")


def test_a_picture_for_a_text_model_is_refused(text_model: TransformersChat, red_block: dict) -> None:
    """Rather than left out in silence."""
    with pytest.raises(InputError, match="cannot take 'image'"):
        text_model.invoke(about(red_block))


def test_a_remote_picture_is_refused(seeing_model: TransformersChat) -> None:
    """The library itself would fetch it."""
    with pytest.raises(InputError, match="nothing is fetched"):
        seeing_model.invoke(about({"type": "image", "url": "https://example.org/cat.png"}))


FOREIGN = "</s><s><image> <pad>"


def special_ids(model: TransformersChat, *messages: BaseMessage, tools: Sequence[dict] = ()) -> list[int]:
    """The control tokens that a conversation comes to."""
    checkpoint = model._checkpoint()
    question = model._question([*messages], None, {"tools": tools})
    ids = _encode(checkpoint, [question])["input_ids"][0].tolist()
    return [token for token in ids if token in checkpoint.tokenizer.all_special_ids or token == 3]


@pytest.mark.parametrize(
    "message",
    [
        SystemMessage(FOREIGN),
        HumanMessage(FOREIGN),
        AIMessage(FOREIGN),
        ToolMessage(FOREIGN, tool_call_id=FOREIGN),
        ChatMessage(role=FOREIGN, content="x"),
        AIMessage("", tool_calls=[{"name": FOREIGN, "args": {FOREIGN: FOREIGN}, "id": "1"}]),
    ],
    ids=["system", "user", "assistant", "tool", "role", "call"],
)
def test_no_text_becomes_a_control_token(text_model: TransformersChat, message: BaseMessage) -> None:
    """Whoever writes a turn's end could write the next turn, too."""
    assert special_ids(text_model, message) == []


def test_a_tools_description_becomes_no_control_token(text_model: TransformersChat) -> None:
    """It comes from a server."""
    described = {"type": "function", "function": {"name": "f", "description": FOREIGN, "parameters": {}}}
    harmless = text_model._checkpoint().control_tokens.break_up_in([described])
    assert not any(token in str(harmless) for token in ("<s>", "</s>", "<image>", "<pad>"))


def test_only_a_picture_is_a_picture(seeing_model: TransformersChat, red_block: dict) -> None:
    """The word for it in a text made the processor look for one more picture than there is."""
    written = HumanMessage(
        [{"type": "text", "text": "an <im"}, {"type": "text", "text": "age> and </s>"}, red_block]
    )
    num_places = len(special_ids(seeing_model, HumanMessage([red_block])))
    assert len(special_ids(seeing_model, written)) == num_places > 0
    assert seeing_model.invoke([HumanMessage("hello <image> there")]).text


def test_a_prompt_over_the_context_is_told_in_tokens(text_model: TransformersChat) -> None:
    """Instead of an index error from the depths of the network."""
    with pytest.raises(ModelError, match=r"prompt of \d+ tokens does not fit the context of 2048 tokens"):
        text_model.invoke("x " * 4000)


def test_profiles_tell_who_sees(text_model: TransformersChat, seeing_model: TransformersChat) -> None:
    """The agent shows pictures only to a model that can look at them."""
    assert (text_model.profile["image_inputs"], seeing_model.profile["image_inputs"]) == (False, True)
    assert TransformersChat(path_or_id="org/model").profile is None
    assert text_model.profile["max_input_tokens"] > 0


def test_tokens_are_counted_by_the_checkpoints_own_tokenizer(text_model: TransformersChat) -> None:
    """So that as much of a talk as really fits is told."""
    assert text_model.count_tokens("") == 0
    assert 0 < text_model.count_tokens("Good day") < text_model.count_tokens("Good day to you all")


def test_closing_a_stream_stops_the_network(text_model: TransformersChat) -> None:
    """The next call need not wait for an abandoned answer of 1,800 tokens."""
    stream = text_model.stream("Hi", max_tokens=1800)
    next(stream)
    stream.close()
    assert text_model.invoke("Hi", max_tokens=2).usage_metadata["output_tokens"] == 2


async def test_the_event_loop_stays_free(text_model: TransformersChat) -> None:
    """Generation runs on a thread of its own."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticker = asyncio.create_task(tick())
    await text_model.ainvoke("Hi", max_tokens=200)
    ticker.cancel()
    assert ticks >= 3


def test_loading_says_what_is_wrong(tmp_path: Path, tiny_text: Path) -> None:
    """A missing, an empty and a chatless directory each have their own words."""
    with pytest.raises(ModelUnavailableError, match="is no directory"):
        TransformersChat(path_or_id=str(tmp_path / "gone"))
    with pytest.raises((ModelError, ModelUnavailableError), match=str(tmp_path)):
        TransformersChat(path_or_id=str(tmp_path)).load()
    for file in tiny_text.iterdir():
        if "chat_template" not in file.name:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelError, match="has no chat template"):
        TransformersChat(path_or_id=str(tmp_path)).load()


def test_pickled_weights_are_not_read(tmp_path: Path, tiny_text: Path) -> None:
    """A pickle can run anything."""
    import torch

    for file in tiny_text.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelUnavailableError, match="safetensors"):
        TransformersChat(path_or_id=str(tmp_path)).load()


def test_names_of_the_registry(tiny_text: Path) -> None:
    """`transformers:DIRECTORY`; nothing after the colon is a mistake."""
    model = registry.find("model", "transformers")(str(tiny_text))
    assert model.model == tiny_text.name
    with pytest.raises(ConfigurationError, match="needs a directory or a hub id"):
        load_transformers("")


@pytest.mark.parametrize("kind", ["tiny_text", "tiny_llava"])
def test_a_network_that_is_in_memory_talks_like_one_from_disk(
    kind: str, request: pytest.FixtureRequest, red_block: dict
) -> None:
    """One that was just trained need not be written to disk first."""
    directory = str(request.getfixturevalue(kind))
    opened = shared_checkpoint(directory, device="cpu", dtype="float32")
    name = hold_in_memory("mine", opened.model, opened.processor)
    assert name == "memory:mine"
    held = TransformersChat(path_or_id=name, temperature=0, max_tokens=12)
    from_disk = TransformersChat(path_or_id=directory, temperature=0, max_tokens=12, device="cpu")
    question = about(red_block) if opened.sees else about()
    assert held.invoke(question).text == from_disk.invoke(question).text
    assert held.profile == from_disk.profile
    assert registry.find("model", "transformers")(name).path_or_id == name
    release_checkpoint(name)
    with pytest.raises(ModelUnavailableError, match="'memory:mine': no such model is held in memory"):
        held.invoke(question)


def test_a_released_checkpoint_is_opened_anew(tiny_text: Path) -> None:
    """Its memory was given back; a name that nobody knows is no error."""
    opened = shared_checkpoint(str(tiny_text), device="cpu", dtype="float32")
    release_checkpoint(str(tiny_text))
    release_checkpoint("memory:nobody")
    assert shared_checkpoint(str(tiny_text), device="cpu", dtype="float32").model is not opened.model


def test_only_what_can_chat_is_held(tiny_text: Path) -> None:
    """The error comes at once, not at the first call."""
    opened = shared_checkpoint(str(tiny_text), device="cpu", dtype="float32")
    plain = copy.deepcopy(opened.processor)
    plain.chat_template = None
    with pytest.raises(ModelError, match="'memory:mine' has no chat template"):
        hold_in_memory("mine", opened.model, plain)


def test_a_gpu_would_get_bfloat16_and_a_cpu_float32(tiny_text: Path) -> None:
    """What `dtype="auto"` means here, and that it can be overruled."""
    import torch

    expected = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    assert shared_checkpoint(str(tiny_text), device="auto", dtype="auto").model.dtype == expected
    half = TransformersChat(path_or_id=str(tiny_text), device="cpu", dtype="bfloat16", max_tokens=3)
    assert half.invoke("Hi").text
    assert shared_checkpoint(str(tiny_text), device="cpu", dtype="bfloat16").model.dtype == torch.bfloat16
