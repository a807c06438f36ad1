// The `openai` package: OpenAIRealtimeWS.

import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { converse, main, Microphone, settings } from './conversation.mjs';

await main(async (witness) => {
  const client = new OpenAI({ apiKey: settings.key, baseURL: `${settings.httpUrl}/v1` });
  const line = new OpenAIRealtimeWS({ model: 'hero365' }, client);
  line.on('error', (error) => witness.errors.push(error.error ?? String(error)));
  line.on('event', (event) => witness.saw(event));
  await witness.until(() => witness.count('session.created') > 0, 'session.created');
  line.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      output_modalities: ['audio'],
      audio: {
        input: {
          format: { type: 'audio/pcm', rate: 24000 },
          transcription: { model: 'gpt-4o-mini-transcribe' },
          turn_detection: { type: 'semantic_vad', interrupt_response: true },
        },
        output: { format: { type: 'audio/pcm', rate: 24000 } },
      },
    },
  });
  const microphone = new Microphone((packet) =>
    line.send({ type: 'input_audio_buffer.append', audio: packet.toString('base64') }),
  );
  await converse(witness, microphone);
  line.close();
});
