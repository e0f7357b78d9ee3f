"""The ways a batch can travel: one interface, one contract suite for all of them."""
