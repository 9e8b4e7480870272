"""Paths in, files out: folders of the user's machine, locks, and one way to write a file.

Imports nothing of `mner` but its errors; everything else that touches a disk goes through here.
"""
