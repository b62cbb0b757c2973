"""One router for each noun of the contract; each route is one use case. Begin at ``devices.py``."""
