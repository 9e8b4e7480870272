"""Pixels in, regions out: the encoders of pictures, by torch or by ONNX Runtime."""
