"""Use cases: one function each, one transaction each, called by every edge alike.

A use case takes a ``UnitOfWork`` (and the ``Context`` where it needs keys, blobs or addresses) and gives plain values
shaped like the contract's answers. It never commits and never sleeps. May import ``acs.storage``, ``acs.domain`` and
all below. Begin at ``sessions.py`` (a phone calls) or ``tasks.py`` (an operator asks).
"""
