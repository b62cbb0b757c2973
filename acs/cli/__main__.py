"""``python -m acs.cli``."""

from acs.cli import main

main()
