"""``python -m acs``."""

from acs.cli import main

main()
