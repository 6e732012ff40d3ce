"""Signs each request of a file with botocore, and compares the header Authorization.

    python xray_signatures.py REQUESTS      lines of JSON, as the test `requests_of_any_shape_are_signed` writes them
"""

import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

# As many as the test writes.
REQUESTS = 2000
# Headers that the signer of the crate leaves out, and botocore has no list for.
NEVER_SIGNED = {"user-agent"}


def sign(given):
    """The header Authorization of botocore."""
    now = datetime.datetime.strptime(given["time"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda *_, **__: now
    request = AWSRequest(method=given["method"], url=given["url"], data=bytes(given["body"]))
    for name, value in given["headers"]:
        if name not in NEVER_SIGNED:
            # Adds, as one name can have several values.
            request.headers[name] = value
    credentials = Credentials(given["id"], given["secret"], given["session"])
    botocore.auth.SigV4Auth(credentials, given["service"], given["region"]).add_auth(request)
    return request.headers["Authorization"]


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        requests = [json.loads(line) for line in lines]
    different = [given for given in requests if sign(given) != given["authorization"]]
    for given in different[:5]:
        print(json.dumps(given, indent=2), "\nbotocore:", sign(given))
    if different or len(requests) != REQUESTS:
        sys.exit(f"{len(different)} of {len(requests)} signatures differ from botocore's; {REQUESTS} were expected")
    print(f"{len(requests)} signatures equal botocore's {botocore.__version__}")


if __name__ == "__main__":
    main()
