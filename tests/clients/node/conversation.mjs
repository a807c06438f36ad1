// What every client does here: two spoken requests at the pace of a microphone, the second one over the answer to the
// first; prints one JSON object with what it saw. It judges nothing.

import { readFileSync } from 'node:fs';

const PACKET_MS = 20;
const RATE = 24_000;
const PACKET_BYTES = (RATE / 1000) * PACKET_MS * 2;
/** Milliseconds without a new event of the server's after which it is asked for nothing more. */
const DEADLINE_MS = 60_000;

export const settings = {
  httpUrl: process.env.HERO365_URL,
  key: process.env.HERO365_KEY,
  first: process.env.FIRST_PCM,
  second: process.env.SECOND_PCM,
};

/** Counts events and remembers what was said. */
export class Witness {
  events = [];
  transcripts = [];
  said = [];
  tools = [];
  errors = [];
  audioBytes = 0;
  statuses = [];
  #waiting = [];

  /** Takes an event of the server as the client's own parser gave it. */
  saw(event) {
    this.events.push(event.type);
    switch (event.type) {
      case 'conversation.item.input_audio_transcription.completed':
        this.transcripts.push(event.transcript);
        break;
      case 'response.output_audio.delta':
        this.audioBytes += Buffer.from(event.delta, 'base64').length;
        break;
      case 'response.output_audio_transcript.done':
        this.said.push(event.transcript);
        break;
      case 'conversation.item.done':
        if (event.item.type === 'function_call') this.tools.push(event.item.name);
        break;
      case 'response.done':
        this.statuses.push(event.response.status);
        break;
      case 'error':
        this.errors.push(event.error ?? event);
        break;
    }
    this.#waiting = this.#waiting.filter(({ check, resolve }) => !(check() && (resolve(), true)));
  }

  /** Resolves when `check` is true; it is asked after every event. */
  until(check, what) {
    if (check()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not seen: ${what}`)), DEADLINE_MS);
      this.#waiting.push({ check, resolve: () => (clearTimeout(timer), resolve()) });
    });
  }

  count(type) {
    return this.events.filter((each) => each === type).length;
  }

  report() {
    const { events, transcripts, said, tools, errors, audioBytes, statuses } = this;
    return { events: [...new Set(events)], transcripts, said, tools, errors, audioBytes, statuses };
  }
}

/** A microphone that is always on: what is `said` next, then silence. `send` takes 20 ms of PCM16 at 24 kHz. */
export class Microphone {
  #queue = Buffer.alloc(0);
  #timer;

  constructor(send) {
    let due = performance.now();
    const tick = () => {
      for (; due <= performance.now(); due += PACKET_MS) {
        const packet = Buffer.alloc(PACKET_BYTES);
        this.#queue.copy(packet);
        this.#queue = this.#queue.subarray(PACKET_BYTES);
        send(packet);
      }
      this.#timer = setTimeout(tick, PACKET_MS / 2);
    };
    tick();
  }

  say(path) {
    this.#queue = Buffer.concat([this.#queue, readFileSync(path)]);
  }

  off() {
    clearTimeout(this.#timer);
  }
}

/** The conversation itself, the same with every client. */
export async function converse(witness, microphone) {
  await witness.until(() => witness.count('session.updated') > 0, 'session.updated');
  microphone.say(settings.first);
  await witness.until(() => witness.transcripts.length > 0, 'the transcript of the first request');
  // Two seconds of the answer have come: the user talks over it.
  const before = witness.audioBytes;
  await witness.until(() => witness.audioBytes > before + 4 * RATE, 'two seconds of the first answer');
  microphone.say(settings.second);
  await witness.until(() => witness.statuses.includes('cancelled'), 'the first answer is cut');
  await witness.until(() => witness.transcripts.length > 1, 'the transcript of the second request');
  await witness.until(() => witness.statuses.at(-1) === 'completed', 'the second answer is complete');
  microphone.off();
}

/** Runs a client, prints the report, ends the process. */
export async function main(run) {
  const witness = new Witness();
  let failure = null;
  try {
    await run(witness);
  } catch (error) {
    failure = String(error?.stack ?? error);
  }
  console.log(JSON.stringify({ ...witness.report(), failure }));
  process.exit(failure ? 1 : 0);
}
