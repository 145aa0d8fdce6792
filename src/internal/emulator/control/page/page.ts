/**
 * The emulator's page: one file that needs no network. `NONCE` is replaced in each answer, and admits its own style and
 * script.
 */
import { markup } from "./markup.js"
import { script } from "./script.js"
import { style } from "./style.js"

export const emulatorPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vipps emulator</title><link rel="icon" href="data:,">
<style nonce="NONCE">${style}</style></head>
<body>${markup}<script nonce="NONCE">${script}</script></body></html>`
