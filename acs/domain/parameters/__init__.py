"""The parameter tree of a phone as this server knows it: names, values, types, access, attributes.

May import ``acs.errors``. Begin at ``tree.py``; ``values.py`` compares what was written with what reads back.
"""
