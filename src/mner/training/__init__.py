"""A recipe and its data enter; a model folder, a log of epochs and a state for resuming leave.

Dev chooses the epoch: no test file can be named here, and nothing of `mner.evaluation` is used.
"""
