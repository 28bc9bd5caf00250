"""The workflow of one turn, for `langgraph dev` and for drawing: `graph` is what langgraph.json names.

Run this file to print the drawing that docs/architecture.md shows.
"""

from roleagent.workflow.run import build_workflow

graph = build_workflow()

if __name__ == "__main__":
    print(graph.get_graph().draw_mermaid())
