# SPDX-License-Identifier: Apache-2.0
"""Judges exchanges over HTTP by review-api/openapi.yaml: the operation, the status, the type and the JSON schema."""
import json
import re

import jsonschema
import yaml

import countersign as cs

PROBLEM = "application/problem+json"
# Headers that say something of their own; each must be described where it occurs.
DESCRIBED_HEADERS = {"etag", "link", "location", "set-cookie", "idempotency-replayed"}
# What every answer has.
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


class Operation:
    def __init__(self, method, path, body, shared):
        self.method, self.path, self.body = method, path, body
        self.parameters = shared + body.get("parameters", [])
        pattern = re.sub(r"\\\{tile\\\}", ".+", re.escape(path))
        self.pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/:]+", pattern) + r"\Z")
        self.name = f"{method} {path}"


class Description:
    def __init__(self):
        text = (cs.ROOT / "review-api" / "openapi.yaml").read_text(encoding="utf-8")
        # Through JSON, as it is served: keys are strings, and anchors are gone.
        self.document = json.loads(json.dumps(yaml.safe_load(text)))
        self.resolver = jsonschema.RefResolver("", self.document)
        self.operations = []
        for path, item in self.document["paths"].items():
            for method, body in item.items():
                if method != "parameters":
                    self.operations.append(Operation(method.upper(), path, body, item.get("parameters", [])))
        # Literal paths stand before templates that would also match.
        self.operations.sort(key=lambda operation: operation.path.count("{"))

    def resolve(self, value):
        while "$ref" in value:
            value = self.resolver.resolve(value["$ref"])[1]
        return value

    def find(self, method, target):
        path = target.split("?")[0]
        method = "GET" if method == "HEAD" else method
        return next((o for o in self.operations if o.method == method and o.pattern.match(path)), None)

    def complaints_of_schema(self, value, schema):
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in validator.iter_errors(value)]

    def request_schema(self, operation):
        content = operation.body.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def complaints(self, method, target, status, headers, body):
        """What is wrong with an answer, as a list of sentences. `headers` has names in lower case; `body` is bytes."""
        found = [f"header {name} is {headers.get(name)!r}" for name, value in SECURITY_HEADERS.items()
                 if headers.get(name) != value]
        found += [f"no header {name}" for name in ("cache-control", "x-request-id", "date") if name not in headers]
        if "server" in headers:
            found.append("a Server banner")
        operation = self.find(method, target)
        if operation is None:
            if status < 400:
                found.append(f"status {status} from an address that is not described")
            return found + self._problem(status, headers, body, method)
        responses = operation.body["responses"]
        if str(status) not in responses and status < 400:
            return found + [f"{operation.name}: status {status} is not described"]
        response = self.resolve(responses.get(str(status), responses["default"]))
        described = {name.lower() for name in response.get("headers", {})}
        if status < 400:
            found += [f"{operation.name} {status}: header {name} is not described"
                      for name in DESCRIBED_HEADERS & set(headers) - described]
        for name, header in response.get("headers", {}).items():
            if name.lower() in headers:
                schema = self.resolve(header)["schema"]
                found += [f"header {name}: {c}" for c in self.complaints_of_schema(headers[name.lower()], schema)]
        return found + self._body(operation, response, status, headers, body, method)

    def _body(self, operation, response, status, headers, body, method):
        content = response.get("content")
        if content is None:
            return [f"{operation.name} {status}: a body where none is described"] if body else []
        kind = headers.get("content-type", "")
        if kind not in content:
            return [f"{operation.name} {status}: type {kind!r} is none of {sorted(content)}"]
        if method == "HEAD":
            return ["a body in the answer to HEAD"] if body else []
        if kind == PROBLEM:
            return self._problem(status, headers, body, method, content[kind]["schema"])
        if not kind.endswith("json"):
            return []
        return [f"{operation.name} {status}: {c}" for c in self.complaints_of_schema(json.loads(body), content[kind]["schema"])]

    def _problem(self, status, headers, body, method, schema=None):
        if headers.get("content-type") != PROBLEM:
            return [f"an error of type {headers.get('content-type')!r}"]
        if method == "HEAD":
            return []
        problem = json.loads(body)
        found = self.complaints_of_schema(problem, schema or {"$ref": "#/components/schemas/Problem"})
        if problem.get("status") != status:
            found.append(f"the problem says {problem.get('status')}, the answer {status}")
        if problem.get("request_id") != headers.get("x-request-id"):
            found.append("request_id is not that of the header")
        return found

    def complaints_of_request(self, method, target, body, status):
        """A request that was done must be one that the description allows."""
        operation = self.find(method, target)
        if operation is None or status >= 300 or not body:
            return []
        schema = self.request_schema(operation)
        if schema is None:
            return [f"{operation.name}: a body was taken where none is described"]
        if schema == {}:  # events: any bytes, whose lines the decoder judges
            return []
        return [f"{operation.name}: done, but by the description wrong: {c}"
                for c in self.complaints_of_schema(json.loads(body), schema)]
