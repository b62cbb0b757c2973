"""What a phone is and what its file says: models, settings in layers, rendering, secrets, proof.

Pure functions on values; may import ``acs.formats`` and ``acs.errors``. Begin at `config` (what can be said), then
`layers` (who said it), `render` (which keys it becomes) and `expectations` (how the phone proves it). Models are data
in ``models.toml``, read by `catalogue`.
"""
