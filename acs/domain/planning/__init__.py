"""From a task to the RPCs that do it: programs (what to ask next), and when to try again.

A program is pure: it sees the task, its progress so far (JSON) and the facts of the phone, and says the next step. So
it survives restarts, and tests need no phone. May import ``cwmp_schemas``, ``acs.domain.parameters`` and
``acs.errors``. Begin at ``steps.py``, then any file of ``programs/``.
"""
