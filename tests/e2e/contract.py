# SPDX-License-Identifier: Apache-2.0
"""Holds a server to its openapi.yaml: every request is looked up there, every answer checked against it."""
import json
import re
import warnings

import yaml

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from jsonschema import Draft202012Validator, RefResolver

# What any route may answer without saying so: they come from before the route is asked.
ANYWHERE = {401, 403, 404, 405, 413, 429, 503}


class Contract:
    def __init__(self, server):
        self.server = server
        status, text = server.request("GET", "/openapi.yaml")
        assert status == 200, status
        self.document = yaml.safe_load(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.resolver = RefResolver("", self.document)
        self.operations = {}
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    parameters = [self.resolve(p) for p in item.get("parameters", []) + operation.get("parameters", [])]
                    self.operations[operation["operationId"]] = (method.upper(), path, operation, parameters)
        self.seen = {}  # operationId -> the statuses it answered

    def resolve(self, node):
        while "$ref" in node:
            with self.resolver.resolving(node["$ref"]) as target:
                node = {**target, **{k: v for k, v in node.items() if k != "$ref"}}
        return node

    def call(self, name, /, *, expect=200, body=None, query="", headers=None, type=None, **place):
        """The body of the answer of operation `name`, after it was checked."""
        method, path, operation, parameters = self.operations[name]
        described = {p["name"] for p in parameters if p["in"] == "query"}
        for word in re.findall(r"[?&]([^=&]+)=", query if expect < 400 else ""):
            assert word in described, f"{name}: no query parameter {word} is described"
        for key, value in place.items():
            path = path.replace("{%s}" % key, str(value))
        assert "{" not in path, f"{name}: {path}"
        headers = dict(headers or {})
        if body is not None and expect < 400:
            content = self.resolve(operation["requestBody"])["content"]
            kind = type or "application/json"
            assert kind in content, f"{name}: takes {list(content)}"
            if kind == "application/json":
                self.check(content[kind]["schema"], body, f"{name} request")
        if type:
            headers["Content-Type"] = type
        status, answer = self.server.request(method, path + query, body, headers)
        assert status == expect, f"{name}: {status} {answer}"
        self.check_answer(name, operation, status, answer)
        self.seen.setdefault(name, set()).add(status)
        return answer

    def check_answer(self, name, operation, status, answer):
        described = operation["responses"].get(str(status))
        if described is None:
            assert status in ANYWHERE, f"{name}: {status} is not described"
            described = {"$ref": "#/components/responses/Problem"}
        described = self.resolve(described)
        kind = (self.server.last_type or "").split(";")[0]
        content = described.get("content")
        if not content:
            assert not answer, f"{name}: {status} has a body"
            return
        assert kind in content, f"{name}: {status} is {kind}, described is {list(content)}"
        if "json" in kind:
            self.check(content[kind]["schema"], answer, f"{name} {status}")

    def check(self, schema, value, where):
        errors = [f"{where}{''.join(f'[{p!r}]' for p in e.absolute_path)}: {e.message}"
                  for e in Draft202012Validator(schema, resolver=self.resolver).iter_errors(value)]
        errors += [f"{where}{place}: is not described" for place in self.undescribed(schema, value)]
        assert not errors, "\n".join(errors[:10]) + "\n" + json.dumps(value)[:2000]

    def undescribed(self, schema, value, place=""):
        """Members that no schema speaks of: nobody could rely on them."""
        if not isinstance(schema, dict):
            return
        schema = self.resolve(schema)
        if isinstance(value, list) and "items" in schema:
            for i, item in enumerate(value):
                yield from self.undescribed(schema["items"], item, f"{place}[{i}]")
        if not isinstance(value, dict):
            return
        known, closed = self.members(schema, value)
        for key, item in value.items():
            if key in known:
                yield from self.undescribed(known[key], item, f"{place}[{key!r}]")
            elif closed:
                yield f"{place}[{key!r}]"

    def members(self, schema, value):
        """What a schema says of an object: (schemas of its members, whether there are no others)."""
        schema = self.resolve(schema)
        known = dict(schema.get("properties", {}))
        extra = schema.get("additionalProperties")
        closed = bool(known) and extra in (None, False)
        if isinstance(extra, dict):
            for key in value:
                known.setdefault(key, extra)
        for word in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(word, []):
                if word != "allOf" and not Draft202012Validator(part, resolver=self.resolver).is_valid(value):
                    continue
                more, part_closed = self.members(part, value)
                known.update(more)
                closed = closed or part_closed
        return known, closed

    def never_called(self):
        """Operations that were not seen to succeed."""
        return sorted(name for name in self.operations if not any(s < 400 for s in self.seen.get(name, ())))
