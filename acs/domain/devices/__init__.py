"""Who a phone is: its identity as TR-069 gives it, and the MAC address hidden in its serial number.

May import ``acs.errors`` and ``cwmp_schemas``. Begin at ``identity.py``.
"""
