"""The folder of a training: what counts as a checkpoint, and what is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.tuning.checkpoints import COMPLETE, Checkpoints

COURSE = {"steps": [], "looks": [], "best": 0, "ended": False}
FINGERPRINT = {"base": "tiny", "dialogues": "abc", "lora": {"rank": 4}, "betas": (1, 2)}


def written(checkpoints: Checkpoints, step: int, *, sealed: bool = True) -> Path:
    """A checkpoint with a file in it."""
    path = checkpoints.of_step(step)
    path.mkdir(parents=True)
    (path / "model.safetensors").write_bytes(b"weights")
    if sealed:
        checkpoints.seal(step, {**COURSE, "fingerprint": FINGERPRINT, "step": step})
    return path


def test_the_last_is_the_one_of_the_highest_step_that_is_whole(tmp_path: Path):
    """By number, not by name: 9 comes before 10."""
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.last is None
    assert checkpoints.told() is None
    written(checkpoints, 9)
    last = written(checkpoints, 10)
    written(checkpoints, 11, sealed=False)
    assert checkpoints.last == last
    assert checkpoints.told() == {**COURSE, "fingerprint": {**FINGERPRINT, "betas": [1, 2]}, "step": 10}


def test_only_checkpoints_are_ever_removed(tmp_path: Path):
    """The folder may be anything, such as the user's home."""
    checkpoints = Checkpoints(tmp_path / "folder")
    kept = written(checkpoints, 3)
    broken = written(checkpoints, 4, sealed=False)
    others = [
        *("checkpoint-best", "checkpoint-", "checkpoint-5-old", "my-checkpoint-6", "photos"),
        *("checkpoint-7.bak", "checkpoint-0x8"),
    ]
    for name in others:
        (checkpoints.folder / name).mkdir()
        (checkpoints.folder / name / "dear.txt").write_text("Dear")
    (checkpoints.folder / "checkpoint-12").write_text("a file")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "dear.txt").write_text("Dear")
    (checkpoints.folder / "checkpoint-13").symlink_to(tmp_path / "elsewhere")
    checkpoints.remove_broken()
    assert not broken.exists()
    assert kept.exists()
    checkpoints.remove_all_but(())
    left = {path.name for path in checkpoints.folder.iterdir()}
    assert left == {*others, "checkpoint-12", "checkpoint-13"}
    assert all((checkpoints.folder / name / "dear.txt").exists() for name in others)
    assert (tmp_path / "elsewhere" / "dear.txt").exists()


def test_what_is_half_removed_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A kill in the midst of removing must not leave a checkpoint that looks whole and lacks its weights."""
    checkpoints = Checkpoints(tmp_path)
    written(checkpoints, 1)
    last = written(checkpoints, 2)

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("roleagent.tuning.checkpoints.shutil.rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.remove_all_but({2})
    assert checkpoints.last == last
    checkpoints_after = Checkpoints(tmp_path)
    monkeypatch.undo()
    checkpoints_after.remove_broken()
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-2"]


def test_the_last_checkpoint_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It says that the training has ended: a kill in between must not leave it without the best one."""
    checkpoints = Checkpoints(tmp_path)
    for step in (2, 10):
        checkpoints.of_step(step).mkdir()
        checkpoints.seal(step, {"best": 2})
    checkpoints.check_best({"best": 2})
    removed: list[str] = []
    monkeypatch.setattr("shutil.rmtree", lambda path: removed.append(path.name))
    checkpoints.remove()
    assert removed == ["checkpoint-10", "checkpoint-2"]
    with pytest.raises(InputError, match="checkpoint-2, the best checkpoint so far"):
        checkpoints.check_best({"best": 2})


def test_a_training_in_the_folder_is_not_overwritten(tmp_path: Path):
    """Unless it is to be resumed. Broken checkpoints alone are no training."""
    checkpoints = Checkpoints(tmp_path)
    written(checkpoints, 1, sealed=False)
    checkpoints.check_new(resume=False)
    written(checkpoints, 2)
    checkpoints.check_new(resume=True)
    with pytest.raises(InputError, match=r"holds a training already\. Go on with it by --resume"):
        checkpoints.check_new(resume=False)


def test_another_training_is_refused_with_what_differs(tmp_path: Path):
    """Going on with other data would be neither the one training nor the other."""
    checkpoints = Checkpoints(tmp_path)
    checkpoints.check_same(FINGERPRINT)
    written(checkpoints, 2)
    checkpoints.check_same(FINGERPRINT)
    with pytest.raises(InputError, match=r"other data or options \(dialogues, lora\), so"):
        checkpoints.check_same({**FINGERPRINT, "dialogues": "abd", "lora": {"rank": 8}})


def test_what_cannot_be_read_is_named(tmp_path: Path):
    """A disk may fail."""
    checkpoints = Checkpoints(tmp_path)
    (written(checkpoints, 2) / COMPLETE).write_text("{")
    with pytest.raises(InputError, match=r"complete\.json cannot be read: .* Remove .*checkpoint-2"):
        checkpoints.told()


def test_a_folder_serves_one_training_at_a_time(tmp_path: Path):
    """Two would remove each other's checkpoints."""
    checkpoints = Checkpoints(tmp_path / "new")
    with checkpoints.held():
        with pytest.raises(InputError, match="Another training runs in"), checkpoints.held():
            pass
        assert written(checkpoints, 1).is_dir()
    with checkpoints.held():
        pass
    assert [each.name for each in checkpoints.folder.iterdir()] == ["checkpoint-1"]


def test_other_processes_of_a_training_do_not_wait_for_the_first(tmp_path: Path, monkeypatch):
    """They work on the same folder."""
    checkpoints = Checkpoints(tmp_path)
    with checkpoints.held():
        monkeypatch.setenv("RANK", "1")
        with checkpoints.held():
            assert written(checkpoints, 1).is_dir()
    assert checkpoints.last == checkpoints.of_step(1)
