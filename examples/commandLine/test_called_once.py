"""A client in Python, and a test of it that ends with what the emulator has to say of it.

    npx effect-vipps-token emulator -- python3 -m unittest -v examples/commandLine/test_called_once.py

Python's standard library is all that it needs.
"""

import json
import os
import time
import unittest
import urllib.request

SERVER = os.environ["VIPPS_ENVIRONMENT"]


class Vipps:
    """Keeps its token until a minute before its end."""

    def __init__(self):
        self._token, self._expires_at = "", 0.0

    def token(self):
        if time.monotonic() > self._expires_at - 60:
            asked_at = time.monotonic()
            answer = self._send("POST", "/accesstoken/get", {
                "client_id": os.environ["VIPPS_CLIENT_ID"],
                "client_secret": os.environ["VIPPS_CLIENT_SECRET"],
            })
            self._token, self._expires_at = answer["access_token"], asked_at + int(answer["expires_in"])
        return self._token

    def payment(self, reference):
        return self._send("GET", "/epayment/v1/payments/" + reference, {"Authorization": "Bearer " + self.token()})

    def _send(self, method, path, headers):
        request = urllib.request.Request(SERVER + path, method=method, headers={
            "Ocp-Apim-Subscription-Key": os.environ["VIPPS_SUBSCRIPTION_KEY"],
            "Merchant-Serial-Number": os.environ["VIPPS_MERCHANT_SERIAL_NUMBER"],
            "Vipps-System-Name": "python-example",
            "Vipps-System-Version": "1",
            **headers,
        })
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


def control(method, path):
    """Calls the emulator's control API, which changes nothing without JSON: no page in a browser can drive it."""
    request = urllib.request.Request(SERVER + "/__emulator/" + path, method=method, headers={
        "Content-Type": "application/json",
    })
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read() or "null")


class CalledOnce(unittest.TestCase):
    def setUp(self):
        control("DELETE", "requests")

    def test_one_token_serves_all_calls(self):
        vipps = Vipps()
        for _ in range(5):
            self.assertEqual(vipps.payment("order-1001")["state"], "AUTHORIZED")
        self.assertEqual(control("GET", "findings")["findings"], [])

    def test_a_token_for_each_call_is_found(self):
        for _ in range(3):
            Vipps().payment("order-1001")
        found = {finding["id"]: finding["count"] for finding in control("GET", "findings")["findings"]}
        self.assertEqual(found, {"token-for-each-call": 2})


if __name__ == "__main__":
    unittest.main()
