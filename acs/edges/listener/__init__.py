"""TCP, TLS and HTTP below the applications: who may connect, for how long, and how a listener ends.

May import ``acs.protocols``, ``acs.errors``, ``acs.telemetry`` and uvicorn; knows nothing of CWMP, files or the API.
Begin at ``server.py``.
"""
