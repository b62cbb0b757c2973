"""Who a phone is, and what it wants otherwise than the specification says.

``identity.py``: its identity as TR-069 gives it, and the MAC address hidden in its serial number; ``units.py``: several
phones under one identity. ``quirks.py``: the value that says how to treat a phone; ``rules.py`` and ``quirks.toml``:
which kind of phone wants what. ``reach.py``: where and how it may be asked to call; ``redaction.py``: what may be shown
of an exchange with it. May import ``acs.domain.parameters``, ``acs.protocols``, ``acs.errors`` and ``cwmp_schemas``.
Begin at ``identity.py``.
"""
