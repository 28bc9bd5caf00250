"""Measure how well a local model knows when to call a tool: asked first, or left free.

    python -m benchmarks.tool_choice [MODEL] [--part PART] [--misses] [--json OUT]

Our own messages, English and Chinese. The wording of the question to the model and the margin of "none" were
chosen on the first two parts; the held-out part was written afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from langchain_core.messages import AIMessageChunk, HumanMessage, SystemMessage

from benchmarks.report import parser, write
from roleagent.models.llama_cpp import LlamaCppChat, load_llama_cpp

QUESTIONS = Path(__file__).parent / "data" / "tool_questions.txt"
PERSONA = (
    "You are Sherlock Holmes, consulting detective of 221B Baker Street, London, in 1895. "
    "Stay in character and keep replies short."
)
TOOLS = {
    "look_up_train": (
        "Look up the departure of the next train between two stations.",
        ("origin", "destination"),
    ),
    "roll_dice": ("Roll dice and give the numbers thrown.", ("sides", "num")),
    "recall_episode": ("Search earlier conversations with this user for something said before.", ("query",)),
    "get_weather": ("Get the current weather of a city.", ("city",)),
    "calculate": ("Work out an arithmetic expression exactly.", ("expression",)),
    "set_reminder": ("Remind the user of something at a given time.", ("text", "time")),
    "convert_currency": (
        "Convert an amount of money from one currency to another.",
        ("amount", "source", "target"),
    ),
    "find_book": ("Look up in the library's catalogue whether a book is there.", ("title",)),
    "play_music": ("Play a piece of music aloud.", ("piece",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A message, the tools on offer, and the one it asks for, or None."""

    part: str
    offered: tuple[str, ...]
    wanted: str | None
    text: str


def main(argv: list[str] | None = None) -> int:
    """Print right calls and false calls of both ways, by part."""
    options_of = parser(__doc__)
    options_of.add_argument("model", nargs="?", default="qwen2.5-1.5b")
    options_of.add_argument("--part", help="one part only")
    options_of.add_argument("--misses", action="store_true", help="print every wrong decision")
    options = options_of.parse_args(argv)
    questions = [q for q in read_questions(QUESTIONS) if options.part in (None, q.part)]
    model = load_llama_cpp(options.model)
    figures: dict[str, float | int | str] = {"model": options.model, "n": len(questions)}
    for mode in ("ask", "free"):
        figures |= measure(model, mode, questions, show_misses=options.misses)
    print(
        f"right decisions of {len(questions)}: asked first {figures['ask_right']}, "
        f"left free {figures['free_right']} ({options.model})"
    )
    write(figures, options.json)
    return 0


def measure(
    model: LlamaCppChat, mode: str, questions: Sequence[Question], *, show_misses: bool
) -> dict[str, int]:
    """Decide every question in one mode; print a line for each part."""
    decided = [(question, decide(model, mode, question)) for question in questions]
    for part in dict.fromkeys(question.part for question in questions):
        here = [(question, got) for question, got in decided if question.part == part]
        print(f"{mode:5} {part:12} {_line(here)}", flush=True)
    for question, got in decided:
        if show_misses and got != question.wanted:
            print(f"      {mode}: {question.text!r} wants {question.wanted}, got {got}")
    return {f"{mode}_right": sum(question.wanted == got for question, got in decided)}


def decide(model: LlamaCppChat, mode: str, question: Question) -> str | None:
    """The tool that is called for a message, or None; an answer is cut off as soon as that is clear."""
    tools = [_schema(name) for name in question.offered]
    bound = model.bind_tools(tools, tool_choice_mode=mode, temperature=0, max_tokens=96)
    for chunk in bound.stream([SystemMessage(PERSONA), HumanMessage(question.text)]):
        if isinstance(chunk, AIMessageChunk) and chunk.tool_call_chunks:
            return chunk.tool_call_chunks[0]["name"]
        if chunk.text and mode == "ask":
            return None  # the choice is made before the first word; left free, a call may follow on words
    return None


def read_questions(file: Path) -> Iterator[Question]:
    """The messages of the file, in order."""
    part = ""
    offered: tuple[str, ...] = ()
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            part, _, names = line[1:].partition("] ")
            offered = tuple(names.split())
        elif line and not line.startswith("#"):
            tool, _, text = line.partition(" | ")
            yield Question(part=part, offered=offered, wanted=None if tool == "-" else tool, text=text)


def _line(decided: Sequence[tuple[Question, str | None]]) -> str:
    asking = [got == question.wanted for question, got in decided if question.wanted]
    other = [got is None for question, got in decided if not question.wanted]
    return f"called rightly {sum(asking)}/{len(asking)}, left alone {sum(other)}/{len(other)}"


def _schema(name: str) -> dict[str, object]:
    description, arguments = TOOLS[name]
    properties = {argument: {"type": "string"} for argument in arguments}
    parameters = {"type": "object", "properties": properties, "required": list(arguments)}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


if __name__ == "__main__":
    sys.exit(main())
