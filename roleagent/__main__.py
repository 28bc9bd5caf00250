"""`python -m roleagent`."""

from roleagent.cli import main

main()
