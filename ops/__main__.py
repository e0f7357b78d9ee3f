"""`python -m ops`: the command, for whoever has the interpreter at hand and not the script."""

from ops.cli import main

main()
