"""Emissions in, entities and scores out: decoding, scoring, calibration, bootstrap, comparison, mistakes.

Numpy only.
"""
