"""Store and forward between sites: streams, batches, positions. It knows nothing of shops."""
