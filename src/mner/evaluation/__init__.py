"""A model and gold posts, or files of predictions, enter; scores and comparisons leave.

Controls exchange or remove the pictures; nothing here trains or selects a model.
"""
