/** The structure of the page. Its script fills it in. */
export const markup = `
<a class="skip" href="#requests">Skip to the requests</a>
<header>
  <div class="title">
    <h1>Vipps emulator</h1>
    <span id="connection" role="status">connecting</span>
  </div>
  <p class="banner"><strong>This is not Vipps.</strong> It emulates Vipps' servers on this machine: no money moves, and its
    keys work nowhere else.</p>
  <p class="address">Listening at <code id="address"></code>
    <button type="button" id="copy-variables">Copy variables</button>
    <a href="/__emulator/docs">API documentation</a></p>
</header>
<main>
  <section id="requests" class="wide" aria-labelledby="requests-title" tabindex="-1">
    <div class="bar">
      <h2 id="requests-title">Requests</h2>
      <label>Filter <input id="filter" type="search" placeholder="path, status, client, fault"></label>
      <button type="button" id="pause" aria-pressed="false">Pause</button>
      <button type="button" id="clear">Clear</button>
      <span id="filtered" hidden><span id="filtered-text"></span>
        <button type="button" id="show-all">Show all</button></span>
    </div>
    <div class="scroll">
      <table>
        <thead><tr><th>Time</th><th>Request</th><th>Status</th><th>Client</th><th>Merchant</th><th class="number">ms</th>
          <th>Fault</th></tr></thead>
        <tbody id="request-rows"></tbody>
      </table>
      <p class="empty" id="no-requests">No requests yet. Start your program with these variables.</p>
    </div>
  </section>

  <section aria-labelledby="findings-title">
    <div class="bar"><h2 id="findings-title">Findings</h2></div>
    <ul id="findings" class="cards" aria-live="polite"></ul>
    <p class="empty" id="no-findings">No mistakes found so far.</p>
  </section>

  <section aria-labelledby="tokens-title">
    <div class="bar">
      <h2 id="tokens-title">Tokens</h2>
      <button type="button" id="expire-all">Expire all</button>
      <button type="button" id="revoke-all">Revoke all</button>
    </div>
    <ul id="tokens" class="tokens"></ul>
    <p class="empty" id="no-tokens">No tokens yet.</p>
    <figure><figcaption>Token requests in the last 10 minutes</figcaption>
      <svg id="chart" role="img" viewBox="0 0 240 40" preserveAspectRatio="none"></svg></figure>
    <form id="lifetime-form" class="row">
      <label>Lifetime of new tokens <input id="lifetime" required placeholder="1 hour" size="10"></label>
      <label>Flow <select id="lifetime-flow"><option value="">both</option><option>standard</option>
        <option>specialized</option></select></label>
      <button>Set</button>
    </form>
    <p id="lifetimes" class="note"></p>
  </section>

  <section aria-labelledby="faults-title">
    <div class="bar">
      <h2 id="faults-title">Faults</h2>
      <button type="button" id="clear-faults">Clear</button>
    </div>
    <ul id="waiting" class="waiting" aria-live="polite"></ul>
    <p class="empty" id="no-waiting">No faults queued.</p>
    <form id="fault-form">
      <label>Fault <select id="fault"></select></label>
      <p id="fault-sentence" class="note"></p>
      <label id="fault-options-label" hidden>Options (JSON) <textarea id="fault-options" rows="2" spellcheck="false"></textarea></label>
      <div class="row">
        <label>Target <select id="fault-on"><option value="token">token endpoints</option><option value="api">APIs</option></select></label>
        <label>Repeat <select id="fault-times"><option value="1">the next answer</option><option value="2">the next 2</option>
          <option value="5">the next 5</option><option value="20">the next 20</option><option value="always">until cleared</option></select></label>
        <label>Client <select id="fault-client"><option value="">all</option></select></label>
      </div>
      <button class="primary">Queue fault</button>
    </form>
  </section>

  <section aria-labelledby="keys-title">
    <div class="bar"><h2 id="keys-title">Keys</h2></div>
    <ul id="keys" class="cards"></ul>
    <form id="keys-form" autocomplete="off">
      <label>Client id <input id="key-id" required placeholder="a GUID"></label>
      <label>Client secret <input id="key-secret" type="password" required autocomplete="off"></label>
      <label>Subscription key (standard flow only) <input id="key-subscription" type="password" autocomplete="off"></label>
      <label>Merchant serial number <input id="key-merchant" inputmode="numeric"></label>
      <button>Accept keys</button>
    </form>
  </section>
</main>
<p id="message" role="alert" hidden></p>
<dialog id="detail" aria-labelledby="detail-title">
  <form method="dialog" class="bar"><h2 id="detail-title"></h2><button autofocus>Close</button></form>
  <p id="detail-reason" class="reason"></p>
  <dl id="detail-facts"></dl>
  <h3>Request headers</h3><pre id="detail-headers"></pre>
  <h3>Request body</h3><pre id="detail-body"></pre>
  <h3>Answer headers</h3><pre id="detail-answer-headers"></pre>
  <h3>Answer body</h3><pre id="detail-answer"></pre>
  <div class="bar"><h3>curl</h3><button type="button" id="copy-curl">Copy</button></div>
  <pre id="detail-curl"></pre>
</dialog>
`
