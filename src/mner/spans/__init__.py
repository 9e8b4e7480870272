"""Emissions, or gold and predicted posts, enter; entities with probabilities, and scores, leave.

Decoding, scoring, calibration, bootstrap, comparison and mistakes are numpy only.
"""
