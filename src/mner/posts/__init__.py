"""Files in, posts out, and back: the reader and the writer of each format, the tokeniser, captions.

Knows no picture, no vocabulary and no model.
"""
