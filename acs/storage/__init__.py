"""What is kept: tables, the transactions on them, blobs on disk and secrets at rest.

Services reach the database only through a ``UnitOfWork`` handed to them by ``Database.write`` or ``Database.read``
(``engine.py``) and write their queries with it. May import ``acs.domain``, ``acs.protocols``,
``acs.formats``, ``acs.errors`` and ``acs.telemetry``; never an edge or a service. Begin at ``engine.py``.
"""
