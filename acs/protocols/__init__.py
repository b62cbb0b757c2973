"""Protocols without their sockets: CWMP sessions, HTTP and its authentication, STUN, connection requests, signed paths.

Bytes and events in, bytes and commands out; the time, random text and keys are arguments, nothing here does I/O.
May import ``cwmp_schemas`` and ``acs.errors``. Begin at ``cwmp/states.py``, then ``cwmp/session.py``; ``digest.py``
is what a phone must pass before it gets there.
"""
