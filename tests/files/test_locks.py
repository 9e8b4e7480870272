import multiprocessing
from pathlib import Path

from mner.files.locks import locked


def append(path: Path) -> None:
    with locked(path):
        text = path.read_text() if path.exists() else ""
        path.write_text(text + "x")


def test_one_process_at_a_time_makes_a_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with locked(tmp_path / "f"):
        processes = [context.Process(target=append, args=(tmp_path / "f",)) for _ in range(3)]
        for process in processes:
            process.start()
        processes[0].join(0.2)
        assert not (tmp_path / "f").exists()
    for process in processes:
        process.join(60)
    assert (tmp_path / "f").read_text() == "xxx"
