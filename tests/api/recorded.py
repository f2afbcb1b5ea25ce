# SPDX-License-Identifier: Apache-2.0
"""Runs the unit tests of the API, which write down every exchange, and judges all of them by openapi.yaml."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from openapi import Description  # noqa: E402


def main():
    checks = cs.Checks()
    program = cs.BUILD / "tests" / "unit" / "review_api" / "review_api_test"
    with tempfile.TemporaryDirectory() as folder:
        record = pathlib.Path(folder) / "exchanges.ndjson"
        done = subprocess.run([program, "--gtest_brief=1"], env={**os.environ, "COUNTERSIGN_API_RECORD": str(record)},
                              capture_output=True, text=True, timeout=500)
        checks.equal(done.returncode, 0, f"the unit tests: {done.stdout[-2000:]}")
        exchanges = [json.loads(line) for line in record.read_text().splitlines()]
    description = Description()
    succeeded, statuses = set(), set()
    for exchange in exchanges:
        method, target, status = exchange["method"], exchange["target"], exchange["status"]
        body = base64.b64decode(exchange["body"])
        complaints = description.complaints(method, target, status, exchange["headers"], body)
        complaints += description.complaints_of_request(method, target, base64.b64decode(exchange["request"]), status)
        checks.expect(not complaints, f"{method} {target} {status}: {complaints[:3]}")
        statuses.add(status)
        if status < 300:
            succeeded.add(description.find(method, target).name)
    # Judging nothing would pass: each operation was done at least once, and each refusal was seen.
    for operation in description.operations:
        checks.expect(operation.name in succeeded, f"{operation.name} was never done")
    for status in (400, 401, 403, 404, 405, 409, 412, 415, 422, 428, 429, 503):
        checks.expect(status in statuses, f"status {status} was never seen")
    print(f"{len(exchanges)} exchanges, {len(succeeded)} of {len(description.operations)} operations done")
    checks.exit()


main()
