"""A model folder and posts enter; posts with entities, and reasons for them, leave.

`chain.py` spells the whole chain from posts to entities once, and every command goes through it.
"""
