"""Replenishment (自动补货): what the branches are to be sent, and what is to be bought, with its arithmetic.

file         concept
reading      the terms of suppliers, items, categories and distribution centres, out of files
sources      from whom an item can be had, and what suppliers ask for it
held_rows    rows of tables that files fill
"""
