"""Character cards, versions 1 to 3: as JSON, in a picture, and in an archive with their files.

schema.py maps the JSON of a card, whatever file it came in. json_file.py (JSON and CHARX archives) and
png.py offer the formats. books.py holds a card's lorebooks and what a persona knows and a card has no field
for; assets.py its pictures. png_chunks.py and exif.py take pictures apart.
"""
