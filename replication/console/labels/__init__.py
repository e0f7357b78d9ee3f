"""Shelf labels (价签) and sheets of barcodes as PDF: what stands on one, how a sheet is cut, and drawing them."""
