"""Writes an image's description as CycloneDX: the same bytes for the same inputs, or an error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.exception import CycloneDxException
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from fips_images.describe.components import components, image_component, tool_components
from fips_images.describe.inputs import BomInputs
from fips_images.errors import BadInputError

#: The versions that can be written, newest first; the first is the default.
SPECS: dict[str, SchemaVersion] = {"1.7": SchemaVersion.V1_7, "1.6": SchemaVersion.V1_6}


def make_bom(inputs: BomInputs, spec: str = "1.7") -> bytes:
    """Return the SBOM as JSON, checked against the strict schema.

    The serial number is made from the image's digest and the time stamp is the image's own, so
    that the same image gives the same bytes on every day and machine.

    Raises:
        BadInputError: the image holds something that CycloneDX cannot say.
    """
    version = SPECS[spec]
    try:
        text = make_outputter(_bom(inputs), OutputFormat.JSON, version).output_as_string()
    except (CycloneDxException, ValueError, RecursionError) as error:
        raise BadInputError(f"no SBOM can be made: {error}", where=inputs.name) from error
    document = json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    check_bom(document, spec)
    return document.encode("utf-8", "replace")


def check_bom(document: str, spec: str) -> None:
    """Check a CycloneDX document against the strict schema of its version.

    Raises:
        BadInputError: it breaks the schema; says where.
    """
    problem = JsonStrictValidator(SPECS[spec]).validate_str(document)
    if problem is not None:
        first = str(problem).strip().splitlines()[0][:400]
        raise BadInputError(f"the SBOM breaks the schema of CycloneDX {spec}: {first}")


def _bom(inputs: BomInputs) -> Bom:
    image, parts = image_component(inputs), components(inputs)
    bom = Bom(
        components=parts,
        serial_number=uuid5(NAMESPACE_URL, inputs.inventory.digest),
        metadata=BomMetaData(
            component=image,
            timestamp=timestamp(inputs.inventory.created),
            tools=ToolRepository(components=tool_components(inputs)),
        ),
    )
    by_reference = {str(part.bom_ref.value): part for part in parts}
    bom.register_dependency(image, parts)
    for one, other in inputs.inventory.dependencies:
        if one in by_reference and other in by_reference:
            bom.register_dependency(by_reference[one], [by_reference[other]])
    return bom


def timestamp(created: str) -> datetime:
    """Read the image's time of creation; an image that has none gets the epoch."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return moment.replace(microsecond=0, tzinfo=moment.tzinfo or UTC).astimezone(UTC)
