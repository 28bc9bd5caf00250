"""The persona graph as a picture (SVG) and as a page to click through (HTML)."""
