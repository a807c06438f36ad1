"""The load test: many real callers on real sockets against a real server, and what it cost."""
