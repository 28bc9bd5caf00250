"""What a model forgets by an adapter: choosing tools, filling a schema, and ordinary talk.

Without and with the adapter: right choices of a tool on the held-out part of `benchmarks.tool_choice`; fields
filled right under a JSON schema; and, with ``--talk FILE`` (DailyDialog++, arXiv 2009.11321: a JSON object a
line with ``context`` and ``positive_responses``), the perplexity of the first human reply.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage

from benchmarks.report import Figure, parser, write
from benchmarks.tool_choice import QUESTIONS, measure, read_questions
from roleagent.models.llama_cpp import LlamaCppChat, load_llama_cpp

_HELD_OUT = "held out"
_NUM_TALKS = 200
_FORMS = """
Tom Reed | 41 | Leeds | Hello, I'm Tom Reed, 41, and I live in Leeds.
Ana Costa | 29 | Lisbon | Ana Costa here. I turned 29 last week. Lisbon, yes.
Edith Moss | 88 | York | My gran, Edith Moss, is 88 and still in York.
Karl Brandt | 52 | Bremen | Put me down as Karl Brandt. Bremen. Fifty-two years old, so 52.
Mei Lin | 19 | Boston | It's Mei Lin, age 19, studying in Boston.
Sean Daly | 33 | Cork | I'm from Cork, my name's Sean Daly, I'm 33.
Olga Petrova | 60 | Riga | Olga Petrova, sixty, that is 60, of Riga.
Joe Banks | 46 | Dover | They call me Joe Banks. Dover is home. 47 come May, so 46 now.
王芳 | 35 | 苏州 | 我叫王芳，今年三十五岁（35），住在苏州。
李强 | 28 | 大连 | 李强，28岁，家在大连。
陈静 | 62 | 成都 | 您好，我是陈静，62岁，成都人，一直住成都。
赵磊 | 40 | 西安 | 赵磊，住在西安，今年40。
"""
_SCHEMA = {
    "title": "Person",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "town": {"type": "string"}},
    "required": ["name", "age", "town"],
}


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    made = parser(__doc__)
    made.add_argument("--model", default="qwen2.5-0.5b")
    made.add_argument("--adapter", required=True, help="a folder, or the name of an installed adapter")
    made.add_argument("--talk", type=Path, metavar="FILE", help="DailyDialog++")
    options = made.parse_args(argv)
    figures: dict[str, Figure] = {"model": options.model, "adapter": options.adapter, "seed": options.seed}
    for name, adapter in (("without", ""), ("with", options.adapter)):
        model = load_llama_cpp(options.model).model_copy(update={"seed": options.seed}).with_adapter(adapter)
        found: dict[str, float] = {**tool_choices(model), **filled_forms(model)}
        if options.talk:
            folder = model.trained_adapter.folder if model.trained_adapter else None
            found |= perplexity(options.model, folder, read_talks(options.talk))
        print(name, found, flush=True)
        figures |= {f"{name}_{key}": value for key, value in found.items()}
    kept = ", ".join(
        f"{key} {figures[f'without_{key}']} -> {figures[f'with_{key}']}"
        for key in ("tools", "fields", "perplexity")
        if f"with_{key}" in figures
    )
    print(f"without -> with {options.adapter}: {kept}")
    write(figures, options.json)
    return 0


def tool_choices(model: LlamaCppChat) -> dict[str, int]:
    """Right choices on the held-out part, in the model's own mode."""
    questions = [each for each in read_questions(QUESTIONS) if each.part == _HELD_OUT]
    found = measure(model, model.tool_choice_mode, questions, show_misses=False)
    return {"tools": found[f"{model.tool_choice_mode}_right"], "tools_n": len(questions)}


def filled_forms(model: LlamaCppChat) -> dict[str, int]:
    """Fields filled right, and answers that are JSON of the schema."""
    form: dict[str, Any] = {"type": "json_schema", "json_schema": {"name": "person", "schema": _SCHEMA}}
    right = valid = 0
    forms = [line.split(" | ") for line in _FORMS.strip().splitlines()]
    for name, age, town, said in forms:
        wanted = {"name": name, "age": int(age), "town": town}
        prompt = [SystemMessage("Take down the person's name, age and town."), HumanMessage(said)]
        answer = model.bind(response_format=form, temperature=0).invoke(prompt)
        try:
            told = json.loads(str(answer.text))
        except ValueError:
            continue
        valid += set(told) == set(wanted)
        right += sum(told.get(key) == value for key, value in wanted.items())
    return {"fields": right, "fields_n": 3 * len(forms), "valid": valid}


def read_talks(path: Path) -> list[tuple[list[str], str]]:
    """Contexts with the first human reply to each."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(row["context"], row["positive_responses"][0]) for row in rows[:_NUM_TALKS]]


def perplexity(
    name: str, adapter: Path | None, talks: Sequence[tuple[Sequence[str], str]]
) -> dict[str, float]:
    """Of the replies' tokens, given their contexts as a conversation."""
    import torch

    from roleagent.tuning.bases import open_base
    from roleagent.tuning.dialogues import Dialogue, Message
    from roleagent.tuning.encoding import Encoder
    from roleagent.tuning.packing import pack
    from roleagent.tuning.scoring import as_inputs, log_probs_of

    base = open_base(name)
    model = base.model
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, str(adapter))
    model.eval()
    encoder = Encoder(base.tokenizer, base.control_tokens)
    total = count = 0.0
    for context, reply in talks:
        roles = ["user", "assistant"] if len(context) % 2 else ["assistant", "user"]
        messages = [Message(role=roles[at % 2], text=each) for at, each in enumerate(context)]  # type: ignore[arg-type]
        dialogue = Dialogue(messages=(*messages, Message(role="assistant", text=reply)))
        inputs = as_inputs(pack([encoder.encode(dialogue)]))
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            (log_probs,) = log_probs_of(model, inputs)
        total, count = total - float(log_probs.sum()), count + len(log_probs)
    return {"perplexity": round(math.exp(total / count), 2), "talks": len(talks)}


if __name__ == "__main__":
    sys.exit(main())
