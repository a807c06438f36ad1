"""Pipecat's OpenAI realtime service, in a pipeline."""

from __future__ import annotations

import asyncio
from typing import Any

from pipecat.frames.frames import Frame, InputAudioRawFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService

from conversation import KEY, RATE, URL, Microphone, Witness, converse, main


class Loudspeaker(FrameProcessor):
    """The end of the pipeline: counts what would be played."""

    played = 0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.played += len(frame.audio)
        await self.push_frame(frame, direction)


def watch(witness: Witness) -> None:
    """See what the service's own parser made of each message; what it refuses is an error."""
    parse = events.parse_server_event

    def parsed(message: str) -> Any:
        try:
            event = parse(message)
        except Exception as error:
            witness.errors.append(str(error))
            raise
        if event is not None:
            witness.saw(event.model_dump(exclude_none=True))
        return event

    events.parse_server_event = parsed


async def run(witness: Witness) -> None:
    watch(witness)
    properties = events.SessionProperties(
        audio=events.AudioConfiguration(
            input=events.AudioInput(
                transcription=events.InputAudioTranscription(), turn_detection=events.SemanticTurnDetection()
            )
        )
    )
    service = OpenAIRealtimeLLMService(
        api_key=KEY,
        base_url=f"{URL.replace('http', 'ws', 1)}/v1/realtime",
        settings=OpenAIRealtimeLLMService.Settings(
            model="hero365", system_instruction="Be brief.", session_properties=properties
        ),
    )
    context = LLMContextAggregatorPair(LLMContext())
    loudspeaker = Loudspeaker()
    pipeline = Pipeline([context.user(), service, loudspeaker, context.assistant()])
    task = PipelineTask(
        pipeline, params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    )
    running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))

    async def send(packet: bytes) -> None:
        await task.queue_frame(InputAudioRawFrame(audio=packet, sample_rate=RATE, num_channels=1))

    await converse(witness, Microphone(send))
    if loudspeaker.played == 0:
        raise RuntimeError("the service gave no audio to the pipeline")
    await task.cancel()
    await running


main(run)
