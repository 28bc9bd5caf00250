"""Notations of the persona document: each holds everything that a persona has.

yaml_file.py is for people; node_link.py, graphml.py, gexf.py, json_ld.py, turtle.py and csv_triples.py are
for graph tools. pictures.py draws a graph for Mermaid and Graphviz and is written only. rdf_terms.py holds
what the two RDF notations share.
"""
