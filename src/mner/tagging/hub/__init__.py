"""Models on the Hugging Face hub: a model folder goes up, and comes down.

Nothing outside of this package speaks to the hub about models of `mner`.
"""
