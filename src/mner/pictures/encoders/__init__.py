"""The encoders of pictures, run by torch or by ONNX Runtime: pixels enter, regions leave."""
