"""The reports that there are, each in a module of its own; `hq.reporting.register` lists them."""
