"""Posts in, batches of arrays out: vocabulary, word vectors, word pieces, buckets of like length.

Knows no network.
"""
