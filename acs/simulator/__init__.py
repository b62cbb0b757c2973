"""Simulated phones: a second, independent reading of TR-069, from the side of the CPE.

It shares only ``cwmp_schemas``, ``acs.formats``, ``acs.errors`` and ``acs.telemetry`` with the server, knows nothing
that is private to it, and so runs against any ACS. Begin with ``session`` (one CWMP session), then ``cpe`` (the
phone), ``provisioning`` (what it does with a file), ``runner`` and ``fleet`` (where bytes and time come in). What
differs between phones is data: ``personas/`` and ``behaviours``.
"""
