"""Posts, scores and attention in, HTML pages and SVG plots out.

Everything in a page is escaped, and a page needs no other file.
"""
