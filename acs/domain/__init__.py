"""Pure decisions on values: who a phone is, what it reports, which RPCs close a gap, what its files hold.

No I/O, no clock, no randomness: the time and random numbers are arguments. May import ``acs.protocols``,
``acs.formats``, ``acs.errors`` and ``cwmp_schemas``. Begin at ``planning/`` (what to ask a phone next).
"""
