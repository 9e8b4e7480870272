"""TOML in, a checked `Recipe` out.

What cannot be asked for is refused here, with all problems in one error.
"""
