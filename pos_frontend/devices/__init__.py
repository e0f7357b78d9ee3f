"""What stands on the counter: printers, and the paper double that stands in for one."""
