# SPDX-License-Identifier: Apache-2.0
"""Checks objects against Kubernetes' own schemas, unknown fields included:  validate.py VERSION < objects.json

Runs in the environment of requirements.txt. Reads a JSON list of objects, prints a JSON list of problems.
"""
import json
import sys

import kubernetes_validate


def main(version):
    problems = []
    for thing in json.load(sys.stdin):
        where = f"{thing['kind']} {thing['metadata']['name']}"
        try:
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"{where}: {'.'.join(map(str, error.path))}: {error.message[:200]}")
        except kubernetes_validate.SchemaNotFoundError:
            problems.append(f"{where}: no schema for {thing['apiVersion']}")
    json.dump(problems, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
