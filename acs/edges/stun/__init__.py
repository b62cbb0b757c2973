"""The STUN server for phones behind a NAT, on the socket from which UDP connection requests are sent (TR-111 part 2).

May import ``acs.services`` and below, never the tables. Begin at ``server.py``.
"""
