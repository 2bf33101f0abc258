// The Sockets layer.
