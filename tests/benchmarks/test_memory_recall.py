"""Tests of the recall benchmark on a conversation of four turns, written for it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import memory_recall
from benchmarks.locomo import read_conversations
from benchmarks.retrieval_metrics import bootstrap_interval, ndcg_at, recall_at, reciprocal_rank

TALK = {
    "sample_id": "talk-1",
    "conversation": {
        "speaker_a": "Ada",
        "speaker_b": "Milo",
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [
            {"speaker": "Ada", "dia_id": "D1:1", "text": "My boat is red."},
            {"speaker": "Milo", "dia_id": "D1:2", "text": "Look!", "blip_caption": "a photo of a cat"},
        ],
        "session_10_date_time": "9:00 am on 1 June, 2023",
        "session_10": [{"speaker": "Ada", "dia_id": "D10:1", "text": "I met Bath's mayor."}],
        "session_2_date_time": "9:00 am on 9 May, 2023",
        "session_2": [{"speaker": "Milo", "dia_id": "D2:1", "text": "It rains."}],
    },
    "qa": [
        {"question": "Which colour has Ada's boat?", "category": 4, "evidence": ["D1:1"]},
        {"question": "What did Milo show?", "category": 1, "evidence": ["D:1:02; D1:1", "D"]},
        {"question": "Whom did Ada meet?", "category": 5, "evidence": []},
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "talk.json"
    path.write_text(json.dumps([TALK]), encoding="utf-8")
    return path


def test_reading(file: Path) -> None:
    """Sessions in the order of their numbers; malformed evidence is read as meant, none leaves none."""
    (talk,) = read_conversations(file)
    assert [each.turn_id for each in talk.episodes] == ["D1:1", "D1:2", "D2:1", "D10:1"]
    assert talk.episodes[1].text == "Look! [caption: a photo of a cat]"
    assert (talk.episodes[1].speaker, talk.episodes[1].speaker_name) == ("persona", "Milo")
    assert talk.ended_at == datetime(2023, 6, 1, 9, tzinfo=UTC)
    assert [len(question.evidence) for question in talk.questions] == [1, 2]


def test_another_file_is_refused(tmp_path: Path) -> None:
    """With its path and what it should hold."""
    path = tmp_path / "other.json"
    path.write_text('[{"a": 1}]', encoding="utf-8")
    with pytest.raises(ValueError, match="LoCoMo"):
        read_conversations(path)


def test_metrics_worked_out_by_hand() -> None:
    """Two of three found, at the first and the third place."""
    ranked, relevant = ["a", "x", "b"], {"a", "b", "c"}
    assert recall_at(ranked, relevant, 3) == pytest.approx(2 / 3)
    assert ndcg_at(ranked, relevant, 10) == pytest.approx((1 + 0.5) / (1 + 0.6309 + 0.5), abs=1e-3)
    assert reciprocal_rank(ranked, relevant) == 1.0
    assert bootstrap_interval([1.0, 1.0], seed=0) == (1.0, 1.0)


def test_the_whole_run(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Words alone find all of so little; the figures have the promised names."""
    out = tmp_path / "out.json"
    options = [
        "--data",
        str(file),
        "--profile",
        "words",
        "--embedder",
        "none",
        "--ablation",
        "--json",
        str(out),
    ]
    memory_recall.main(options)
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["recall_at_10"] == figures["mean_of_categories_recall_at_10"] == 100.0
    assert figures["num_questions"] == 2
    assert {"ndcg_at_10", "mrr", "recall_in_1000_tokens", "recall_p95_ms", "category_4_recall_at_5",
            "without_words_recall_at_10", "recall_at_10_low"} <= figures.keys()  # fmt: skip
    assert "recall@10 100.0" in capsys.readouterr().out
