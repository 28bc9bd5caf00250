"""The workflow of one turn, as `graph`, for `langgraph dev` (see langgraph.json) and for drawing.

Run this file to print the diagram in docs/architecture.md.
"""

from roleagent.workflow.run import build_workflow

graph = build_workflow()

if __name__ == "__main__":
    print(graph.get_graph().draw_mermaid())
