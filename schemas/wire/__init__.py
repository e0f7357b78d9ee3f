"""What travels between sites: records down, entries up, the batch that carries them."""
