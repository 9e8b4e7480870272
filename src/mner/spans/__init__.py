"""Emissions to spans to results: decoding, scoring and writing, in numpy."""
