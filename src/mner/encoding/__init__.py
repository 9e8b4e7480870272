"""Posts enter; arrays of numbers leave, padded into batches of posts of like length.

Vocabulary, word vectors and word pieces are kept here; no network is known.
"""
