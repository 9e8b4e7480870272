"""Words that are written in pictures: from pixels to lines with boxes, once a picture.

A picture enters; a `Lettering` leaves, which is kept in a store beside the features.
"""
