"""Texts that critics are trained on, and reading them. A language model wrote them for this purpose."""
