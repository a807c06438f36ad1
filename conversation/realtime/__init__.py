"""Speech to speech by OpenAI's Realtime API: one line to the provider, and the agent loop that answers over it."""
