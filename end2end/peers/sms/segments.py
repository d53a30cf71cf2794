"""How another library splits texts: JSON strings from standard input, a line each; encoding and parts back."""

import json
import sys

import smsutil

for line in sys.stdin:
    split = smsutil.split(json.loads(line))
    parts = [part.content for part in split.parts if part.content]
    print(json.dumps(["GSM-7" if split.encoding == "gsm0338" else "UCS-2", len(parts)]))
