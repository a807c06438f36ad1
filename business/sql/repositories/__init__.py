"""Repositories over the tables, one file a topic. They see one tenant: that of their session."""
