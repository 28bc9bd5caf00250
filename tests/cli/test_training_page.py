"""The way that docs/training.md shows is walked as written, on the smallest model."""

import ast
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
CODE = [ROOT / "roleagent" / name for name in ("cli", "models", "tuning")]
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


def is_error(node: ast.AST) -> bool:
    """Whether an error is raised, or made for somebody else to raise."""
    return isinstance(node, ast.Raise) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("Error")
    )


def messages_of_errors() -> list[str]:
    """What the code raises, with … where a value is filled in."""
    found = []
    for path in (each for folder in CODE for each in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for part in ast.walk(node) if is_error(node) else ():
                if isinstance(part, ast.JoinedStr):
                    values = (each.value if isinstance(each, ast.Constant) else "…" for each in part.values)
                    found.append("".join(map(str, values)))
                elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                    found.append(part.value)
    return found


def test_the_errors_of_the_page_are_raised():
    """A reader searches the page for the words on the screen."""
    table = (
        PAGE.read_text(encoding="utf-8").partition("| error | way out |\n|---|---|\n")[2].partition("\n\n")[0]
    )
    told = [phrase for row in table.splitlines() for phrase in re.findall("`(.+?)`", row.split("|")[1])]
    patterns = {each: ".*".join(map(re.escape, each.split("…"))) for each in told}
    raised = messages_of_errors()
    unknown = [each for each, way in patterns.items() if not any(re.search(way, one) for one in raised)]
    assert unknown == []
    assert len(told) > 10


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
