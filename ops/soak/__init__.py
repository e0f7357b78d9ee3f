"""The soak: a small chain lives through days of faults, by seed, beside a model of what should be true."""
