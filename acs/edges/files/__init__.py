"""Files over HTTP for phones: short signed URLs, on a listener of their own (``ACS_FILES_PORT``).

May import ``acs.services``, ``acs.errors`` and ``acs.telemetry``, but no other edge; what it needs to know about links
it asks through the ``Links`` port of ``app.py``. ``conditions.py`` is the pure part: preconditions and ranges.
Begin at ``app.py``.
"""
