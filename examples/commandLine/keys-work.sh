#!/bin/sh
# Before a deployment: do the keys work? Then one call with a token, by curl. Against an emulator, or against Vipps:
#
#   npx effect-vipps-token emulator -- sh examples/commandLine/keys-work.sh
#   sh examples/commandLine/keys-work.sh REFERENCE
#
# Needs VIPPS_ENVIRONMENT, VIPPS_CLIENT_ID, VIPPS_CLIENT_SECRET and VIPPS_SUBSCRIPTION_KEY, exported, and of a partner
# VIPPS_MERCHANT_SERIAL_NUMBER. REFERENCE is a payment of yours; the emulator has order-1001.
set -eu

vipps=${VIPPS_CLI:-npx effect-vipps-token}
reference=${1:-order-1001}

# Names the key that is wrong, and what to do; its exit code ends this script.
$vipps check --flow standard

case $VIPPS_ENVIRONMENT in
  test) url=https://apitest.vipps.no ;;
  production) url=https://api.vipps.no ;;
  *) url=$VIPPS_ENVIRONMENT ;;
esac

# In a pipeline, a failure of this command would be lost.
authorization=$($vipps token --flow standard --format header --quiet)

headers() {
  printf '%s\n' "$authorization" "Ocp-Apim-Subscription-Key: $VIPPS_SUBSCRIPTION_KEY"
  if [ -n "${VIPPS_MERCHANT_SERIAL_NUMBER:-}" ]; then
    printf '%s\n' "Merchant-Serial-Number: $VIPPS_MERCHANT_SERIAL_NUMBER"
  fi
}

# curl reads the headers from standard input, so that no secret stands in its arguments.
status=$(headers | curl --silent --show-error --output /dev/null --write-out '%{http_code}' --header @- \
  "$url/epayment/v1/payments/$reference")

echo "GET /epayment/v1/payments/$reference: $status"
case $status in
  200) ;;
  404) echo "The keys work. There is no payment $reference here: give the reference of one of yours." ;;
  *) exit 1 ;;
esac
