"""Prints the signature that Twilio's library for Python gives a callback."""

import json
import sys

from multidict import MultiDict
from twilio.request_validator import RequestValidator

asked = json.loads(sys.argv[1])
form = MultiDict((name, value) for name, values in asked["form"].items() for value in values)
validator = RequestValidator(asked["token"])
signature = validator.compute_signature(asked["address"], form)
assert validator.validate(asked["address"], form, signature)
print(signature)
