"""Reads a JSON list of FHIR resources and prints a JSON list of what fhir.resources says against each.

R4B differs from R4 in resources that a referral does not use (medicinal products, evidence); its models are stricter
than those of the last release for plain R4, which take any date and any id.
"""

import json
import sys

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError


def said_against(resource):
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as error:
        return [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
    except (LookupError, ValueError) as error:
        return [f"not a resource: {error}"]
    return []


print(json.dumps([said_against(resource) for resource in json.load(sys.stdin)]))
