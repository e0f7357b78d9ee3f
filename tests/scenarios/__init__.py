"""A store's week as stories. Each is told to the product and to a model that shares no code with it."""
