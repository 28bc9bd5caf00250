"""The persona graph: typed nodes and facts, in time, with what was learned laid over it; who may see what."""
