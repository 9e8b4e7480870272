"""Runs take recipes and folders of runs; they train with several seeds, score, and compare.

They give results files, reports, and the demonstration.
"""
