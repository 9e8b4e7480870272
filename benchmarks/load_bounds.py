"""What the service does under twice the load that it accepts, when it is ended, and for long.

usage: python -m benchmarks.load_bounds [--requests 200000] [--ends 10] [--seconds 20]
           [--clients 32] [--out runs/load]

$MNER_DATA is the folder that holds posts/, real posts; each second request holds its picture.
The service has the starter model, which reads the texts.

* Overload: twice as many clients as requests are answered at the same time (`--max-requests`) ask
  at once and again at once, whatever `Retry-After` says.
* End: clients ask, SIGTERM comes in between, and that many times. As many answers must have been
  logged as the clients got, all of status 200, and the exit code must be 0.
* Memory: that of the process, after each twentieth of many requests.

What is printed is the section of RESULTS.md. The exit code is 1 where something was lost.
"""

import signal
import sys
import threading
import time
from argparse import Namespace
from pathlib import Path
from textwrap import fill

from benchmarks.commands import new_parser
from benchmarks.load_client import ask
from benchmarks.load_requests import mixed_posts, single_requests
from benchmarks.runs import machine
from benchmarks.served import served
from mner.serve.limits import Limits

_STEPS = 20


def main() -> None:
    parser = new_parser(__doc__)
    for name, default in {"requests": 200_000, "ends": 10, "seconds": 20, "clients": 32}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--out", type=Path, default=Path("runs/load"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    requests = single_requests(mixed_posts())
    print("## Bounds of the service\n")
    heading = (
        f"`python -m benchmarks.load_bounds --requests {arguments.requests} "
        f"--ends {arguments.ends} --seconds {arguments.seconds}`: {machine()}; starter model, the "
        "real posts, each second request with its picture."
    )
    print(fill(heading, 100) + "\n", flush=True)
    is_lost = False
    for measure in (_overload, _end, _memory):
        sentence, is_good = measure(requests, arguments)
        print(fill(f"* {sentence}", 100, subsequent_indent="  "), flush=True)
        is_lost |= not is_good
    sys.exit(is_lost)


def _overload(requests: list[bytes], arguments: Namespace) -> tuple[str, bool]:
    most = Limits().requests
    with served(arguments.out) as service:
        ask(service.port, requests, clients=arguments.clients, seconds=2)
        before = service.memory
        accepted = ask(service.port, requests, clients=most // 2, seconds=arguments.seconds)
        within = service.peak
        answers = ask(service.port, requests, clients=2 * most, seconds=arguments.seconds)
        peak, after = service.peak, service.memory
        then = ask(service.port, requests, clients=arguments.clients, seconds=2)
    full, tagged = answers.statuses[503], answers.statuses[200]
    sentence = (
        f"Overload: {2 * most} clients, where {most} requests are answered at the same time: "
        f"{tagged} answers of 200 ({answers.rate:.0f}/s; {most // 2} clients alone got "
        f"{accepted.rate:.0f}/s), {full} of 503, {answers.errors - full} others. Memory "
        f"{before:.0f} MB before, at most {within:.0f} MB with {most // 2} clients and "
        f"{peak:.0f} MB with {2 * most}, {after:.0f} MB after. Then {then.errors} errors."
    )
    return sentence, answers.errors == full and full > 0 and then.errors == 0


def _end(requests: list[bytes], arguments: Namespace) -> tuple[str, bool]:
    got = logged = missed = 0
    codes = set()
    for turn in range(arguments.ends):
        with served(arguments.out) as service:
            # At another moment of the batches each time.
            wait = 1 + turn / (7 * arguments.ends)
            ending = threading.Timer(wait, service.process.send_signal, [signal.SIGTERM])
            ending.start()
            answers = ask(service.port, requests, clients=arguments.clients, seconds=60)
            codes.add(service.process.wait(120))
            statuses = service.logged()
        got += len(answers.latencies)
        logged += len(statuses)
        missed += answers.statuses.total() - len(answers.latencies)
        missed += sum(status != 200 for status in statuses)
    sentence = (
        f"End: {arguments.ends} times SIGTERM while {arguments.clients} clients asked: {logged} "
        f"requests were accepted, {got} answers of 200 came, {missed} others; exit codes {codes}."
    )
    return sentence, got == logged and missed == 0 and codes == {0}


def _memory(requests: list[bytes], arguments: Namespace) -> tuple[str, bool]:
    memory = []
    errors = 0
    started = time.perf_counter()
    with served(arguments.out) as service:
        for _ in range(_STEPS):
            step = arguments.requests // _STEPS
            errors += ask(service.port, requests, clients=arguments.clients, count=step).errors
            memory.append(service.memory)
    seconds = time.perf_counter() - started
    each = ", ".join(f"{value:.0f}" for value in memory)
    sentence = (
        f"Memory: {arguments.requests} requests in {seconds:.0f} s, {errors} errors; MB after each "
        f"twentieth: {each}."
    )
    return sentence, errors == 0


if __name__ == "__main__":
    main()
