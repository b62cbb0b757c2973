"""Asking phones to call: the connection request of TR-069 3.2.2 over HTTP, UDP or XMPP.

May import ``acs.services`` and below, never the tables. Begin at ``waker.py``.
"""
