# SPDX-License-Identifier: Apache-2.0
"""Starts one broker and runs the Google Test program of the Kafka source against it.

Usage: run_kafka_source_test.py PROGRAM [GTEST OPTION]…. The program may ask for `kill` and `start` of the broker.
"""
import os
import subprocess
import sys

from broker import Broker, missing_parts

SKIPPED = 77


def serve_requests(broker, requests, answers):
    """Answers each request until the program closes its end."""
    actions = {"kill": broker.kill, "start": broker.start}
    for line in requests:
        actions[line.strip()]()
        answers.write("ok\n")
        answers.flush()


def main():
    missing = missing_parts()
    if missing:
        print("skipped: no Kafka broker can run here; missing: " + ", ".join(missing))
        return SKIPPED
    requests_read, requests_write = os.pipe()
    answers_read, answers_write = os.pipe()
    with Broker() as broker:
        environment = dict(os.environ, COUNTERSIGN_KAFKA_BOOTSTRAP=broker.bootstrap,
                           COUNTERSIGN_KAFKA_CONTROL_TO=str(requests_write),
                           COUNTERSIGN_KAFKA_CONTROL_FROM=str(answers_read))
        with subprocess.Popen(sys.argv[1:], env=environment, pass_fds=(requests_write, answers_read)) as program:
            os.close(requests_write)
            os.close(answers_read)
            with open(requests_read, encoding="utf-8") as requests, \
                    open(answers_write, "w", encoding="utf-8") as answers:
                serve_requests(broker, requests, answers)
            code = program.wait()
        if code != 0:
            print("the broker's last lines:\n" + "".join(broker.log[-30:]), flush=True)
        return code


if __name__ == "__main__":
    sys.exit(main())
