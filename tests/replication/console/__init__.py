"""The shared console: tests run on a small site of their own, with a real database."""
