"""Several trainings and what became of them: seeds, results files, reports, and the demonstration.

Folders of runs in, tables and pages out.
"""
