"""The OpenAI Realtime API (GA event names) as a door to a session: JSON text frames in both directions.

``door`` is the codec of one connection; the other modules are its parts. Pure: no sockets, no clock of its own.
"""
