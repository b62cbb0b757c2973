"""REST for operators: ``/api/v1``, health, metrics and a page that explains it, on a listener of its own.

Each route turns a request into one use case of ``acs.services`` and its answer into the contract's shape; nothing is
decided here. May import ``acs.services``, ``acs.storage.engine``, ``acs.domain`` and below, never a table or another
edge. Begin at ``app.py``; ``problems.py`` is how errors look, ``dependencies.py`` who may call.
"""

from acs.edges.api.app import api_app
from acs.edges.api.dependencies import ApiDependencies, Waker

__all__ = ["ApiDependencies", "Waker", "api_app"]
