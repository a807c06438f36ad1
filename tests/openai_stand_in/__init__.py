"""A stand-in for OpenAI: the endpoints that the product uses, with the local engines and a scripted brain behind them.

Test equipment. Every message it sends is checked against the ``openai`` package's own types, except where a fault asks
for nonsense.
"""
