"""The command line: `roleagent chat | ask | demo | test | persona … | memory … | critic … | models …`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; a `RoleAgentError` is printed as one line, without a stack trace."""
    from roleagent.cli.app import app
    from roleagent.errors import RoleAgentError
    from roleagent.language.unicode import without_codes

    try:
        app()
    except RoleAgentError as error:
        sys.stderr.write(f"error: {without_codes(str(error))}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
