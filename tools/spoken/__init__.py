"""Spoken language in, spoken language out: numbers, amounts, dates, durations and how to say them.

Pure functions over text; nothing in this package reads a clock, a file or a database.
"""
