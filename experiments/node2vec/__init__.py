"""node2vec: labels of nodes from vectors that walks alone have made."""
