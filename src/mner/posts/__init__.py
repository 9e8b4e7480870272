"""Files of posts: the reader and the writer of each format, the tokeniser, and captions.

Files, streams and raw texts enter; posts leave, one at a time, and go back into files.
"""
