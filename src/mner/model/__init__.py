"""Batches to emissions: the network, in torch; knows no files and no tags as text."""
