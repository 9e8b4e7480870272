"""A model folder in, a tagger out; posts in, posts with entities out.

`tagger.py` spells the whole chain once, and every command goes through it.
"""
