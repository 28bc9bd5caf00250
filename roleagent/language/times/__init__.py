"""Time expressions in a cue, English and Chinese: "last summer", "two days before the race", 上周.

span.py      stretches of time and the calendar
english.py   what English calls them
chinese.py   what Chinese calls them
find.py      the first expression in a text
score.py     episodes by how well their time fits
"""
