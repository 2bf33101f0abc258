"""What the asyncio peers of lesson 04 share: start and stop. No RPC."""

import asyncio
import os
import signal

import lesson


async def serve(server, options):
    """As `lesson.serve`, for grpcio's asyncio server."""
    try:
        number = server.add_insecure_port(lesson.address(options.host, options.port))
    except RuntimeError:
        number = 0
    if number == 0:
        return lesson.cannot_listen(options)
    options.port = number
    signalled = asyncio.Event()

    def on_signal(number):
        if signalled.is_set():
            os._exit(128 + number)
        signalled.set()

    loop = asyncio.get_running_loop()
    for number_ in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number_, on_signal, number_)
    await server.start()
    print(f"listening on {lesson.address(options.host, number)}", flush=True)
    await signalled.wait()
    await server.stop(options.grace)
    lesson.leave(0)
