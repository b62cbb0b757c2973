"""Where the program meets the world: one package per listener, none of which knows another.

An edge translates between a wire and the services; it decides nothing. May import ``acs.services`` and below, never
the tables. Begin at ``cwmp/endpoint.py``.
"""
