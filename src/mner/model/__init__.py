"""Batches in, emissions out: text encoder, attention, fusion, CRF, and the network of the public Keras code.

Torch only; knows no files and no tags as text.
"""
