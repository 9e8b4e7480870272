import socket

from mner.serve.run import Place, _listening


def test_answers_are_sent_without_waiting_for_acknowledgements() -> None:
    with (
        _listening(Place("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
