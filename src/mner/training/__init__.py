"""A recipe in, a model folder out.

Never imports evaluation, and no test file can be named here.
"""
