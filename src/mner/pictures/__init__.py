"""Picture files in, regions out: finding, fetching, decoding, encoding, and the feature store.

The states `absent` and `unreadable` are made here.
"""
