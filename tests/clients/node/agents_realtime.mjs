// `@openai/agents-realtime`: RealtimeSession over its WebSocket transport.

import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from '@openai/agents-realtime';
import { converse, main, Microphone, settings } from './conversation.mjs';

await main(async (witness) => {
  const agent = new RealtimeAgent({ name: 'Front desk', instructions: 'Be brief.' });
  const url = `${settings.httpUrl.replace(/^http/, 'ws')}/v1/realtime?model=hero365`;
  const session = new RealtimeSession(agent, { transport: new OpenAIRealtimeWebSocket({ url }) });
  session.on('error', (error) => witness.errors.push(error.error ?? String(error)));
  session.on('transport_event', (event) => witness.saw(event));
  session.on('audio_interrupted', () => witness.events.push('client.audio_interrupted'));
  session.on('history_updated', (history) => {
    witness.history = history;
  });
  await session.connect({ apiKey: settings.key });
  const microphone = new Microphone((packet) =>
    session.sendAudio(packet.buffer.slice(packet.byteOffset, packet.byteOffset + packet.length)),
  );
  await converse(witness, microphone);
  if (!witness.history?.some((item) => item.role === 'assistant')) throw new Error('no answer in the history');
  session.close();
});
