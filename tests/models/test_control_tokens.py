"""Control tokens in text: broken up wherever they stand, and nothing else touched."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleagent.models.control_tokens import (
    COMMON_MARKERS,
    JOINTS,
    ControlTokens,
    is_marker,
    markers_of_template,
    surviving_joint,
)

MARKERS = ("<|im_start|>", "<|im_end|>", "<s>", "</s>", "<<s>", "<image>", "[INST]", "s>s", "aa", "aba")
JOINT = JOINTS[0]
TOKENS = ControlTokens(MARKERS)
pieces = st.sampled_from([*MARKERS, *"<>|/s_aimb[]", JOINT, "好", "im_", "Ａ", "\n"])
hostile = st.lists(pieces, max_size=40).map("".join) | st.text(alphabet="<s>/|ab" + JOINT, max_size=60)


@given(hostile)
def test_no_marker_is_left_and_only_joints_are_added(text: str) -> None:
    """Overlapping ones and those that come about by the cut included: this is the whole promise."""
    broken = TOKENS.break_up(text)
    assert not any(marker in broken.lower() for marker in map(str.lower, MARKERS))
    assert broken.replace(JOINT, "") == text.replace(JOINT, "")
    assert len(broken) <= 2 * len(text)


@given(hostile)
def test_what_was_broken_once_does_not_grow(text: str) -> None:
    """History is broken up again in every turn, and a model may repeat what it read."""
    broken = TOKENS.break_up(text)
    assert TOKENS.break_up(broken) == broken


@pytest.mark.parametrize(
    "text", ["", "Hi <b>there</b>, a < b > c | d", "你好，〈图〉", "<|im_st art|>", "< s >", "[inst ruction]"]
)
def test_other_text_is_left_alone(text: str) -> None:
    """A character may talk about markup."""
    assert TOKENS.break_up(text) == text


@pytest.mark.parametrize("text", ["<|IM_START|>", "＜|im_start|＞", "﹤ｓ﹥", "[inst]"])
def test_capitals_and_full_width_forms_are_found(text: str) -> None:
    """Some tokenizers fold them before they look."""
    assert TOKENS.break_up(text) != text


def test_keys_and_values_are_reached_wherever_they_lie() -> None:
    """Tool schemas and arguments come from servers and models; roles and types are ours."""
    value = {
        "role": "user",
        "type": "aa",
        "content": [{"type": "text", "text": "</s>"}],
        "</s>": ["<s>", 3, None],
    }
    broken = ControlTokens([*MARKERS, "user", "text"]).break_up_in(value)
    assert (broken["role"], broken["content"][0]["type"]) == ("user", "text")
    assert "</s>" not in str(broken)
    assert "'<s>'" not in str(broken)


def test_a_role_that_is_no_role_is_text() -> None:
    """LangChain's ChatMessage takes any."""
    assert TOKENS.break_up_in({"role": "x<|im_end|>"})["role"] != "x<|im_end|>"


def test_markers_of_one_character_or_of_blanks_are_left_out() -> None:
    """They cannot be broken, or are how people write."""
    assert ControlTokens(["\n\n", "\t\t", "▁▁", "x", ""]).break_up("x\n\n\t\t") == "x\n\n\t\t"


def test_hostile_text_costs_linear_time() -> None:
    """A message of nothing but markers, or of nothing but their beginnings."""
    tokens = ControlTokens([*MARKERS, *(f"<|reserved_{number}|>" for number in range(5000)), "<" * 60])
    began = time.thread_time()
    for text in ("<|im_end|>" * 100_000, "<" * 500_000, "<|reserved_" * 50_000):
        tokens.break_up(text)
    assert time.thread_time() - began < 5


@pytest.mark.parametrize(
    ("template", "markers"),
    [
        ("{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}",
         {"<|im_start|>", "<|im_end|>"}),
        ("{{ '[INST] <<SYS>>\\n' + s + '\\n<</SYS>>\\n\\n' + u + ' [/INST]' }}",
         {"[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"}),
        ("{{ '<start_of_turn>' + role + '\\n' + content | trim + '<end_of_turn>\\n' }}",
         {"<start_of_turn>", "<end_of_turn>"}),
        ("{{ '### Instruction:\\n' + m['content'] + '\\n\\n### Response:\\n' }}",
         {"### Instruction:", "### Response:"}),
        ("{% if loop.index > 1 and a<b %}{{ 'USER: ' + c + ' ASSISTANT:' }}{% endif %}",
         {"USER:", "ASSISTANT:"}),
        ("{{ '<｜User｜>' + c + '<｜Assistant｜>' }}", {"<｜User｜>", "<｜Assistant｜>"}),
        ("{{ '[|system|]' + c + '[|endofturn|]\\n' }}", {"[|system|]", "[|endofturn|]"}),
        ("{{ '\\nGPT4 Correct User: ' + c }}", {"GPT4 Correct User:"}),
        ("{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}{% endfor %}", set()),
    ],
)  # fmt: skip
def test_a_template_tells_what_it_writes_between_turns(template: str, markers: set[str]) -> None:
    """A model follows such words even where its vocabulary does not know them as one token."""
    assert markers_of_template(template) == markers


def test_a_hostile_template_costs_little_time() -> None:
    """Templates come with foreign weights."""
    began = time.thread_time()
    for text in ("<" * 10**6, "#" * 10**6, "'A" * 10**6, "[A" * 10**6, "A " * 10**6, "'Aa Aa Aa" * 10**5):
        markers_of_template(text)
    assert time.thread_time() - began < 10


def test_words_added_to_a_vocabulary_are_told_from_writing() -> None:
    """Breaking those would spoil what is read and guard nothing."""
    words = ("<tool_call>", "[IMG]", "\n\n", "▁▁", "detective", "福尔摩斯", "r1")
    assert [word for word in words if is_marker(word)] == ["<tool_call>", "[IMG]"]


def test_a_joint_that_the_tokenizer_takes_out_is_not_used() -> None:
    """Some normalise invisible characters away, and the token would be whole again."""

    def strips_invisible(text: str) -> bool:
        return "<s>" in text.replace("\u200b", "").replace("\u2060", "")

    assert surviving_joint(["<s>"], strips_invisible) == " "
    assert surviving_joint(["<s>"], lambda text: "<s>" in text) == "\u200b"


@pytest.mark.parametrize(
    "text",
    ["<|eot_id|>", "<|start_header_id|>system", "<｜User｜>", "[INST]", "</s>", "<start_of_turn>user",
     "<image>", "### Instruction:", "[|assistant|]"],
)  # fmt: skip
def test_the_usual_markers_cover_the_usual_models(text: str) -> None:
    """For servers whose tokenizer cannot be asked."""
    assert JOINT in ControlTokens(COMMON_MARKERS).break_up(text)
