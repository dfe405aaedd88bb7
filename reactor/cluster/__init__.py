"""Several processes and machines: what an application's processes share, in Redis.

One `Link` is a process's two connections: one for commands, one for what the others tell. Broker, store,
records, rates and states are built on it. While Redis is away each of them goes on inside of its process.
"""
