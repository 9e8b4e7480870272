"""Corpora as a whole: reading them as a recipe says, checking, counting, downloading, and the sample corpus.

Files in, lists of posts or findings out.
"""
