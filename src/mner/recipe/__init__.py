"""Recipes: what a training is told.

A TOML file enters; a `Recipe` whose values are checked leaves, or one error with all problems.
"""
