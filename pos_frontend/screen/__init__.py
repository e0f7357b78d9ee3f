"""The till's page: a server on the loopback, one WebSocket, plain modules in the browser."""
