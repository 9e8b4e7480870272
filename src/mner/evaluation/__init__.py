"""A model and gold posts in, scores out, with controls and comparisons.

Never imports training.
"""
