"""The open auto-configuration server (ACS) for IP phones.

Start reading at ``acs/docs/index.md``, or with the layer picture in ``acs/docs/explanation/architecture.md``. Imports
point down only.
"""
