"""The way that docs/training.md shows is walked as written, on the smallest model."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from roleagent.settings import get_settings

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "training.md"
SECTION = re.compile(r"## From a persona's file to a measured adapter\n(.*?)\n## ", re.DOTALL)


def commands() -> list[str]:
    """The commands of the page's first section, one a line."""
    section = SECTION.search(PAGE.read_text(encoding="utf-8"))
    assert section is not None
    block = re.search(r"```bash\n(.*?)```", section[1], re.DOTALL)
    assert block is not None
    return block[1].strip().splitlines()


def models_of_one(name: str, folder: Path) -> Path:
    """A folder of models in which only this one is, so that the adapter lands there and nowhere else."""
    models = folder / "models"
    models.mkdir()
    for entry in get_settings().models_dir.iterdir():
        if not entry.name.startswith("_") and entry.is_dir():
            (models / entry.name).symlink_to(entry)
    assert (models / name).exists()
    return models


def test_the_page_shows_data_training_and_a_measurement():
    """Its first section goes all the way."""
    told = "\n".join(commands())
    assert "train data" in told
    assert "train persona" in told
    assert "roleagent test" in told


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_of_the_page_runs_as_written(tmp_path):
    """A reader copies them; each has to work after those before it."""
    models = models_of_one("smollm2-135m", tmp_path)
    program = shutil.which("roleagent", path=str(Path(sys.executable).parent))
    assert program is not None
    environment = {
        **os.environ,
        "PATH": f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}",
        "ROLEAGENT_MODELS_DIR": str(models),
        "ROLEAGENT_HOME": str(tmp_path / "home"),
        "ROLEAGENT_OFFLINE": "1",
    }
    said = []
    for command in commands():
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        said.append(done.stdout)
    made = models / "_adapters" / "smollm2-135m" / "holmes"
    names = {"README.md", "curves.svg", "adapter_model.safetensors", "adapter.gguf", "roleagent.json"}
    assert names <= {each.name for each in made.iterdir()}
    assert not (made / "training").exists()
    assert "holmes" in said[2]
    assert (tmp_path / "holmes.md").is_file()
