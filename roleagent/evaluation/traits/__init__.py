"""Measure a character's Big Five: statements answered in role, beside the traits that the persona declares.

items.py     the statements, English and Chinese
asking.py    puts each statement to a model, and reads how far it agrees
scores.py    scores with intervals, errors, and signs that the answers mean nothing
measuring.py the whole measurement: with the persona and without
report.py    the measurement as lines and as JSON
page.py      the measurement as a page to read
"""
