"""Measure whether a character treats people unlike: the same scenes, with only the people swapped.

scenes.py    what is said, and who is swapped for whom, English and Chinese
reading.py   what of a reply is compared: tone, refusal, trust, competence, length
gaps.py      how far groups lie apart, and whether chance explains it
measuring.py the whole measurement
report.py    the measurement as lines and as JSON
"""
