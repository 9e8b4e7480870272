"""Pages take posts, scores and attention, and give HTML files and SVG plots.

Everything in a page is escaped, and a page needs no other file.
"""
