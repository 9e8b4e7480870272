"""Paths, locks, and files that are read and written as a whole.

A path or a value enters; a typed value, a lock, or a complete file leaves.
"""
