"""Diagrams of a graph: Graphviz, Mermaid, plain text."""
