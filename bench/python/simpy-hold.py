# The hold model on SimPy's scheduler: 1000 events wait, each that comes sets another. Prints CPU time in ns.
import sys
import time

import simpy


def main(ops: int) -> None:
    env = simpy.Environment()
    state = [1]

    def again(_event: simpy.Event) -> None:
        state[0] = (state[0] * 1664525 + 1013904223) & 0xFFFFFFFF
        env.timeout(state[0] >> 8).callbacks.append(again)

    for i in range(1000):
        env.timeout(i * 16777).callbacks.append(again)
    start = time.process_time_ns()
    for _ in range(ops):
        env.step()
    print(time.process_time_ns() - start)


main(int(sys.argv[1]))
