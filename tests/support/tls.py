"""TLS in front of a plain server, as every deployment has it, with a certificate that only the test trusts."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the server is reached by TLS, and the file with the authority to trust."""

    url: str
    authority: Path


@asynccontextmanager
async def behind_tls(port: int, folder: Path) -> AsyncGenerator[Behind]:
    """Carry bytes between TLS connections to ``localhost`` and the plain server on ``port``."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, back_writer), carry(back_reader, writer))

    relay = await asyncio.start_server(connected, "localhost", 0, ssl=context)
    try:
        yield Behind(f"https://localhost:{relay.sockets[0].getsockname()[1]}", folder / "authority.pem")
    finally:
        relay.close()
