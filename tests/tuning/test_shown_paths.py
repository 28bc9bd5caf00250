"""Cards go along with what they describe; folders of the machine that made it are of no use elsewhere."""

from __future__ import annotations

import pytest

from roleagent.tuning.shown_paths import as_shown, command_shown


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("/home/ann/x/holmes.jsonl", "holmes.jsonl"),
        ("transformers:/home/ann/tiny", "transformers:tiny"),
        ("--model=llama-cpp:/home/ann/tiny.gguf", "--model=llama-cpp:tiny.gguf"),
        ("data/holmes.jsonl", "data/holmes.jsonl"),
        ("HuggingFaceTB/SmolLM2-135M", "HuggingFaceTB/SmolLM2-135M"),
        ("openai:big@http://localhost/v1", "openai:big@http://localhost/v1"),
        ("--steps", "--steps"),
        ("", ""),
    ],
)
def test_only_absolute_paths_are_cut(told: str, shown: str):
    """A relative path tells how the files lie to each other, and a name or an address is no path."""
    assert as_shown(told) == shown


def test_a_command_can_be_pasted_into_a_shell():
    """What has a space is quoted."""
    told = command_shown(["train", "persona", "my holmes", "--data", "/tmp/a.jsonl"])
    assert told == "roleagent train persona 'my holmes' --data a.jsonl"
