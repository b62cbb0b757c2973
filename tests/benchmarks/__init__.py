"""What a session costs: CPU per session of this server, as a ratio to a bare uvicorn application.

``python -m tests.benchmarks.cwmp_sessions`` runs every scenario and prints a table. Ratios, never a pass or fail.
"""
