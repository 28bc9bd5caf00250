"""Character cards, versions 1 to 3: as JSON, in a picture, and in an archive with their files.

`schema` maps the JSON, whatever it came in; `json_file`, `png` and `charx` are the formats. What is in a
card's description beside the summary is in `sections`, the talk it shows in `examples`, its books in `books`,
what a persona knows and a card has no field for in `knowledge`, and its pictures in `assets`.
"""
