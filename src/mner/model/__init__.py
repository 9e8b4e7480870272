"""Batches of arrays enter; emissions leave, with the weights of attention, or a loss.

The parts are a text encoder, attention, fusion and a CRF; the network of the public Keras code is
here too.
"""
