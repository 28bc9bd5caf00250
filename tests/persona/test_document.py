"""The JSON Schema in the repository is that of the code."""

from __future__ import annotations

import json
from pathlib import Path

from roleagent.persona.document import json_schema

SCHEMA = Path(__file__).parents[2] / "personas" / "persona.schema.json"


def test_the_schema_file_is_up_to_date():
    """Editors check against it; `roleagent persona schema > personas/persona.schema.json` renews it."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema()
