"""The manual, as Markdown beside the code, so that a change carries its words. It imports nothing.

Begin at ``index.md``. Pages that say so in their head are written from code, and tests hold them to it.
"""
