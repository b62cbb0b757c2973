"""The open auto-configuration server (ACS) for IP phones.

Start reading at ``acs/docs/`` or with the layer picture in ``acs/docs/explanation/architecture.md``; imports point down only.
"""
