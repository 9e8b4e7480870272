"""ONNX graphs: torch modules are exported as graphs, and graphs are run by ONNX Runtime.

A torch module or a file of a graph enters; a file of a graph, or a session that runs it, leaves.
"""
