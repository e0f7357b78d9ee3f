"""Stocktakes (盘点) while lanes sell: what is counted, on which sheets, by whom, and what comes of it (rule 26).

file        concept
session     a stocktake from its opening to its approval or cancellation
scope       what it counts, and what its sheets list
counting    entries on a sheet: added, set, taken back
sheet_file  a sheet as a CSV file, out and in
review      each item with its counts, its difference and what it still waits for
decisions   what a manager decides about an item, and the sheet of a second count
approval    the document that a stocktake ends with
"""
