"""Character cards, versions 1 to 3: as JSON, in a picture, and in an archive with their files.

schema.py maps the JSON of a card. json_file.py (JSON and CHARX archives) and png.py offer the formats.
books.py reads and writes a card's lorebooks, and makes one of the facts that a card has no field for;
assets.py does its pictures and other files. png_chunks.py and exif.py take pictures apart.
"""
