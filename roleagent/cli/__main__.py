"""`python -m roleagent.cli`."""

from roleagent.cli import main

main()
