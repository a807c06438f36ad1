"""LiveKit's openai realtime plugin."""

from __future__ import annotations

import aiohttp
from livekit import rtc
from livekit.plugins import openai

from conversation import KEY, PACKET_MS, RATE, URL, Microphone, Witness, converse, main


async def run(witness: Witness) -> None:
    async with aiohttp.ClientSession() as http:
        model = openai.realtime.RealtimeModel(
            model="hero365", base_url=f"{URL}/v1", api_key=KEY, http_session=http
        )
        session = model.session()
        session.on("openai_server_event_received", witness.saw)
        session.on("error", lambda error: witness.errors.append(error))
        started: list[object] = []
        session.on("input_speech_started", started.append)

        async def send(packet: bytes) -> None:
            session.push_audio(rtc.AudioFrame(packet, RATE, 1, RATE * PACKET_MS // 1000))

        await session.update_instructions("Be brief.")
        await converse(witness, Microphone(send))
        if len(started) < 2:
            raise RuntimeError("the plugin did not notice both turns of the user")
        await session.aclose()
        await model.aclose()


main(run)
