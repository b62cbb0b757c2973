"""One CWMP session, seen from the ACS, without sockets, clock or storage.

``states`` is the table of what may happen when, ``events`` and ``commands`` are its two vocabularies, ``session`` the
frozen value that moves through it, ``limits`` the numbers. May import ``cwmp_schemas`` only. Begin at ``states``; the
conversations in ``tests/playbooks`` show it at work.
"""
