"""The CWMP listener: POSTs of phones on any path.

May import ``acs.services``. Begin at ``endpoint.py``.
"""
