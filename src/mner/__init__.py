"""`mner`: multimodal named entity recognition in social media posts."""

__all__ = ["__version__"]

__version__ = "0.1.0"
