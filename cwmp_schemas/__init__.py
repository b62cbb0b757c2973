"""Every CWMP message of versions 1.0 to 1.4 as spyne models, and the codec that reads and writes them.

Own root: knows nothing of ``acs``, does no I/O, keeps no clock. Only ``_spyne`` touches spyne.
Begin with ``acs_rpcs`` (what a CPE asks of us), ``cpe_rpcs`` (what we ask of a CPE) and ``registry`` (the list);
then ``envelope``: ``read(bytes) -> Envelope`` and ``write(message, ...) -> bytes``.
``sanitize`` cleans what real devices send; ``codec`` and ``leaves`` (in) and ``writers`` (out) are compiled from the
models; ``wsdl`` publishes them.
"""
