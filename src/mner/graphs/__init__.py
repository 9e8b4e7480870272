"""Torch modules in, ONNX graphs out, and graphs in, sessions of ONNX Runtime out.

The only room that imports onnxruntime.
"""
