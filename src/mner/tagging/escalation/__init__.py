"""Uncertain posts to an endpoint of the user's choice, and its answers back, if they fit.

Enters: tagged posts with their uncertainty. Leaves: the same posts in the same order, some of them
with the entities of the endpoint. Nothing else in `mner` sends a post anywhere.
"""
