"""An HTTP service that does nothing, run as `mner serve` is run: the bound of what it can reach.

usage: python -m benchmarks.empty_service

It answers each POST to /v1/tag with `{}`, and prints its port.
"""

import socket

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

__all__: list[str] = []


async def _empty() -> Response:
    return Response("{}", media_type="application/json")


def main() -> None:
    app = FastAPI()
    app.add_api_route("/v1/tag", _empty, methods=["POST"])
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(f"serving at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(app, http="h11", ws="none", log_config=None, access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
