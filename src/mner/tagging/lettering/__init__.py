"""Names that are written in pictures: a `Lettering` and a tagger enter, entities leave.

What was found in the picture is also evidence for the entities of the post's text.
"""
