"""A login at an XMPP server, to ask phones there to call (TR-069 Annex K).

May import ``acs.protocols``; slixmpp is imported only where it is used. Begin at ``client.py``.
"""
