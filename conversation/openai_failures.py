"""What goes wrong with OpenAI, or with a server that speaks like it, as exceptions to catch."""

from __future__ import annotations

import httpx2
from openai import OpenAIError
from websockets.exceptions import WebSocketException

#: A refused or failed request is the package's own error; a stream that breaks is the transport's.
FAILURES = (OpenAIError, httpx2.HTTPError)
#: The same of a WebSocket, with what breaks beneath it and what its messages may be.
LINE_FAILURES = (OpenAIError, WebSocketException, OSError, ValueError)
