"""Whole jobs, each spelled once: train, evaluate, tag, extract, report."""
