"""Let `python -m erastyle` be the command."""

from erastyle.cli import main

main()
