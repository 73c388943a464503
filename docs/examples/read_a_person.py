"""Signs in as a partner agency and reads a person: python read_a_person.py var/demo.json"""

import json
import sys
import time
import urllib.parse
import urllib.request
import uuid

from joserfc import jwt
from joserfc.jwk import OKPKey

demo = json.load(open(sys.argv[1], encoding="utf-8"))
partner = demo["partners"][0]

# Prove who we are with our own key (RFC 7523), good once and for a minute.
now = int(time.time())
claims = {
    "iss": partner["client_id"],
    "sub": partner["client_id"],
    "aud": partner["audience"],
    "iat": now,
    "exp": now + 50,
    "jti": str(uuid.uuid4()),
}
key = OKPKey.import_key(partner["private_key_pem"])
header = {"alg": "Ed25519", "kid": partner["kid"]}
form = {
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": jwt.encode(header, claims, key, algorithms=["Ed25519"]),
}
data = urllib.parse.urlencode(form).encode()
token = json.load(urllib.request.urlopen(partner["token_url"], data))["access_token"]


def call(method, path, body=None, **headers):
    """One call of the API; says why. Returns the reply's headers and JSON."""
    request = urllib.request.Request(
        f"{demo['base_url']}/api/v1{path}",
        json.dumps(body).encode() if body else None,
        {
            "Authorization": f"Bearer {token}",
            "Access-Purpose": partner["purposes"][0],
            "Content-Type": "application/json",
            **headers,
        },
        method=method,
    )
    with urllib.request.urlopen(request) as reply:
        return reply.headers, json.load(reply)


number = demo["citizens"][0]["personal_id"]
headers, person = call("GET", f"/people/{number}")
print(person["full_name"], headers["ETag"])
change = {"phone": f"09{now % 10**8:08d}", "reason": "Công dân khai bổ sung"}
headers, person = call("PATCH", f"/people/{number}", change, **{"If-Match": headers["ETag"]})
print(person["phone"], headers["ETag"])
for step in call("GET", f"/people/{number}/history")[1]["items"]:
    print(step["version"], step["at"], step["by"]["agency_name"], step["reason"])
