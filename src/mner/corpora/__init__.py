"""Corpora as a whole: reading by a recipe, checks, statistics, downloads, the sample corpus.

Files and addresses enter; lists of posts, findings, numbers and new files leave.
"""
