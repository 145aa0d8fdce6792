/**
 * The page of the emulator: one file, without anything from the network. `NONCE` is what its style and its script are let
 * in by.
 */
import { markup } from "./markup.js"
import { script } from "./script.js"
import { style } from "./style.js"

export const emulatorPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vipps emulator</title><link rel="icon" href="data:,">
<style nonce="NONCE">${style}</style></head>
<body>${markup}<script nonce="NONCE">${script}</script></body></html>`
