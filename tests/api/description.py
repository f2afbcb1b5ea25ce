# SPDX-License-Identifier: Apache-2.0
"""openapi.yaml by itself: every reference leads somewhere, every schema is one, every operation is complete."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import jsonschema  # noqa: E402
import countersign as cs  # noqa: E402
from openapi import Description  # noqa: E402


def walk(value, place=""):
    yield place, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, f"{place}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from walk(item, f"{place}/{number}")


def main():
    checks = cs.Checks()
    description = Description()
    document = description.document
    checks.equal(document["openapi"], "3.1.0", "version")
    used = set()
    for place, value in walk(document):
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            used.add(value["$ref"])
            try:
                description.resolver.resolve(value["$ref"])
                checks.passed += 1
            except jsonschema.RefResolutionError:
                checks.expect(False, f"{place}: {value['$ref']} leads nowhere")
        if isinstance(value, dict) and value.get("type") == "object" and "properties" in value:
            closed = value.get("additionalProperties") is False or place.endswith("openapi.json/get/responses/200")
            checks.expect(closed, f"{place}: the object is not closed")
            unknown = set(value.get("required", [])) - set(value["properties"])
            checks.expect(not unknown, f"{place}: requires {unknown}, which it does not have")
    for kind, parts in document["components"].items():
        for name in parts:
            if kind != "securitySchemes":
                checks.expect(f"#/components/{kind}/{name}" in used, f"components/{kind}/{name} is not used")
    for name, schema in document["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
            checks.passed += 1
        except jsonschema.SchemaError as error:
            checks.expect(False, f"schema {name}: {error.message}")
    names = [operation.body.get("operationId") for operation in description.operations]
    checks.equal(len(set(names)), len(names), "operationIds are unique")
    tags = {tag["name"] for tag in document["tags"]}
    for operation in description.operations:
        declared = {description.resolve(p)["name"] for p in operation.parameters
                    if description.resolve(p)["in"] == "path"}
        checks.equal(declared, set(re.findall(r"\{(\w+)\}", operation.path)), f"{operation.name}: path parameters")
        checks.expect("default" in operation.body["responses"], f"{operation.name}: no default answer")
        checks.expect(operation.body.get("summary") and set(operation.body.get("tags", [])) <= tags, f"{operation.name}: summary and tags")
    checks.exit()


main()
