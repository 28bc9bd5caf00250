"""The folder in which everything is kept: opening it, forgetting, retention, export, snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.home.home import Home as Home
    from roleagent.home.retention import Retention as Retention
    from roleagent.home.snapshot import (
        export_snapshot as export_snapshot,
        import_snapshot as import_snapshot,
    )

_HOME_OF = {
    "Home": "roleagent.home.home",
    "Retention": "roleagent.home.retention",
    "export_snapshot": "roleagent.home.snapshot",
    "import_snapshot": "roleagent.home.snapshot",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
