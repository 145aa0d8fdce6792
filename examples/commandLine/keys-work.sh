#!/bin/sh
# Before a deployment: do the keys work? Then one call with a token, by curl.
#
#   npx effect-vipps-token emulator -- sh examples/commandLine/keys-work.sh     against an emulator
#   VIPPS_ENVIRONMENT=test VIPPS_CLIENT_ID=… sh examples/commandLine/keys-work.sh   against Vipps
set -eu

vipps=${VIPPS_CLI:-npx effect-vipps-token}

# Names the key that is wrong, and what to do; its exit code ends this script.
$vipps check --flow standard

case $VIPPS_ENVIRONMENT in
  test) url=https://apitest.vipps.no ;;
  production) url=https://api.vipps.no ;;
  *) url=$VIPPS_ENVIRONMENT ;;
esac

# curl reads the headers from standard input, so that no secret stands in its arguments.
status=$({
  $vipps token --flow standard --format header --quiet
  echo "Ocp-Apim-Subscription-Key: $VIPPS_SUBSCRIPTION_KEY"
  echo "Merchant-Serial-Number: $VIPPS_MERCHANT_SERIAL_NUMBER"
} | curl --silent --output /dev/null --write-out '%{http_code}' --header @- "$url/epayment/v1/payments/order-1001")

echo "GET /epayment/v1/payments/order-1001: $status"
test "$status" = 200
