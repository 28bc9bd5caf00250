"""Published fakes and conformance suites: what roleagent's own tests use, for yours."""
