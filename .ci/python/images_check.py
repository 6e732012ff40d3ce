"""Checks deploy/docker-bake.json against deploy/Dockerfile, and the workflow that builds it.

- There is a target for each part, with a stage, a name, a title and a licence.
- Each image has an SBOM and provenance. The workflow builds for amd64 and arm64, and publishes each part.
"""

import json
import pathlib
import re
import sys

import known_variables

BAKE = pathlib.Path("deploy/docker-bake.json")
DOCKERFILE = pathlib.Path("deploy/Dockerfile")
WORKFLOW = pathlib.Path(".github/workflows/images.yml")
ATTESTATIONS = {"type=sbom", "type=provenance,mode=max"}
ARCHITECTURES = {"amd64", "arm64"}


def faults(bake, dockerfile, workflow):
    parts, targets = set(known_variables.PARTS), bake["target"]
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE))
    if set(bake["group"]["default"]["targets"]) != parts:
        yield f"the group has the targets {bake['group']['default']['targets']}"
    if not ATTESTATIONS <= set(targets["part"].get("attest", [])):
        yield "the images have no SBOM, or no provenance"
    if targets["part"].get("inherits") != ["docker-metadata-action"]:
        yield "the images do not have the labels of the metadata action"
    if not pathlib.Path(targets["part"]["dockerfile"]).exists():
        yield f"{targets['part']['dockerfile']} does not exist"
    for part in sorted(parts):
        target = targets.get(part, {})
        if target.get("inherits") != ["part"] or target.get("target") != part or part not in stages:
            yield f"{part}: no such target, or no such stage"
        if target.get("tags") != [f"${{REGISTRY}}/{part}:${{TAG}}"]:
            yield f"{part}: tags {target.get('tags')}"
        labels = target.get("labels", {})
        if labels.get("org.opencontainers.image.title") != part:
            yield f"{part}: the title is {labels.get('org.opencontainers.image.title')}"
        if labels.get("org.opencontainers.image.licenses") != "Apache-2.0":
            yield f"{part}: no licence"
    built = set(re.findall(r"architecture: (\w+)", workflow))
    joined = set(re.findall(r'"\$image-(\w+)"', workflow))
    if not built == joined == ARCHITECTURES:
        yield f"the workflow builds {sorted(built)} and joins {sorted(joined)}"
    published = re.search(r"for part in ([\w ]+);", workflow)
    if not published or set(published.group(1).split()) != parts:
        yield "the workflow does not publish each part"


def main():
    found = list(faults(json.loads(BAKE.read_text()), DOCKERFILE.read_text(), WORKFLOW.read_text()))
    for fault in found:
        print(fault)
    if found:
        sys.exit(f"FAILED: {len(found)} faults")
    print(f"images: {', '.join(known_variables.PARTS)} for {', '.join(sorted(ARCHITECTURES))}, with labels and an SBOM")


if __name__ == "__main__":
    main()
