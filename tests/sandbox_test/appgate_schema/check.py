#!/usr/bin/env python3
"""The Appgate stand-in's answers against the vendor's own OpenAPI files.

check.py ANSWERS_PROGRAM [SCHEMAS]; SCHEMAS, or the environment's GARNER_APPGATE_SCHEMAS, is a directory with v19/,
v20/, ... of github.com/appgate/sdp-api-specification (branches version-N). Skipped (77) without it, PyYAML or jsonschema.
"""
import json
import os
import re
import subprocess
import sys


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


try:
    import jsonschema
    import yaml
except ImportError as missing:
    skip(f"{missing.name} is not installed (Debian: python3-yaml, python3-jsonschema)")

# What the vendor answers and its specification does not list: its own programs' tests show the first three; the rest
# is HTTP. A body of an error has the specification's general form.
UNLISTED = {("/login", 412), ("/appliances/status", 401), ("/stats/appliances", 401), ("/appliances/{id}/backup/{backupId}", 416),
            ("/appliances/{id}/backup/{backupId}", 206), ("/appliances/{id}/backup/{backupId}", 412),
            ("/appliances/{id}/backup/{backupId}/status", 412), ("/appliances/{id}/backup", 412)}
UNLISTED_KEYS = {("/login", "failureType"), ("/login", "otpRequired"), ("/login", "username")}

FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("uuid")
def is_uuid(value):
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(value)) is not None


@FORMATS.checks("date-time")
def is_date_time(value):
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", str(value)) is not None


class Specification:
    """One version's files, with every $ref put in its place."""

    def __init__(self, directory):
        self.directory = directory
        self.files = {}
        self.paths = self.file("api_specs.yml")["paths"]

    def file(self, name):
        if name not in self.files:
            with open(os.path.join(self.directory, name), encoding="utf-8") as text:
                self.files[name] = yaml.safe_load(text)
        return self.files[name]

    def resolved(self, node, name, seen=()):
        if isinstance(node, list):
            return [self.resolved(one, name, seen) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            ref = node["$ref"]
            if ref in seen:
                return {}
            file, _, pointer = ref.partition("#")
            name = os.path.normpath(file) if file else name
            found = self.file(name)
            for part in pointer.strip("/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            return self.resolved(found, name, seen + (ref,))
        # Some codes of responses are integers; `required` of a parameter is no list.
        return {str(key): self.resolved(value, name, seen) for key, value in node.items()
                if not (key == "required" and not isinstance(value, list))}

    def responses(self, path, method):
        operations = self.resolved(self.paths[path], "api_specs.yml")
        return operations[method.lower()]["responses"]

    def error(self):
        return self.resolved(self.file("common.yml")["definitions"]["Error"], "common.yml")


def schema_of(response):
    # One media type is misspelt ("appliance/json"): whatever is named counts.
    for media in response.get("content", {}).values():
        return media.get("schema")
    return None


def unknown_keys(value, schema, where=""):
    """Keys that the schema does not name: it would let any misspelling pass."""
    if isinstance(value, list):
        return [one for item in value for one in unknown_keys(item, schema.get("items", {}), where + "[]")]
    if not isinstance(value, dict):
        return []
    named, free = {}, "additionalProperties" in schema
    for part in [schema, *schema.get("allOf", [])]:
        for inner in [part, *part.get("allOf", [])]:
            named.update(inner.get("properties", {}))
    found = []
    for key, inner in value.items():
        if key in named:
            found += unknown_keys(inner, named[key], f"{where}.{key}")
        elif not free:
            found.append(f"{where}.{key}".strip("."))
    return found


def faults_of(answer, specification):
    path, status, body = answer["path"], answer["status"], answer["body"]
    responses = specification.responses(path, answer["method"])
    if str(status) in responses:
        response = responses[str(status)]
        schema = schema_of(response)
    elif (path, status) in UNLISTED:
        schema = specification.error() if status >= 400 else None
    else:
        return [f"the specification has no {status}"]
    if body is None:
        wanted = schema is not None and schema.get("format") != "binary"
        return ["the body is missing"] if wanted else []
    if schema is None:
        schema = specification.error()  # "Backup creation failed." and nothing more
    validator = jsonschema.Draft4Validator(schema, format_checker=FORMATS)
    faults = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(body)]
    return faults + [f"{key}: not in the specification" for key in unknown_keys(body, schema)
                     if (path, key) not in UNLISTED_KEYS]


def main():
    schemas = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("GARNER_APPGATE_SCHEMAS", "")
    if not schemas:
        skip("GARNER_APPGATE_SCHEMAS does not name the directory of the vendor's OpenAPI files")
    answers = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True).stdout)
    checked, faults = {}, 0
    for answer in answers:
        version = answer["version"]
        directory = os.path.join(schemas, f"v{version}")
        if not os.path.isdir(directory):
            continue
        if version not in checked:
            checked[version] = [Specification(directory), 0]
        checked[version][1] += 1
        for fault in faults_of(answer, checked[version][0]):
            faults += 1
            print(f"v{version} {answer['method']} {answer['path']} {answer['status']}: {fault}")
    if not checked:
        skip(f"{schemas} holds none of " + ", ".join(f"v{version}" for version in sorted({a['version'] for a in answers})))
    for version, (_, number) in sorted(checked.items()):
        print(f"v{version}: {number} answers checked")
    sys.exit(1 if faults else 0)


main()
