"""Which class does a node have? Learned from the nodes whose class is known."""

from .nodes import NODES as NODES
