// The keyboard, the next message fetched ahead, and small things that a style sheet cannot do.
(() => {
  "use strict";

  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const pane = () => find("#message .pane");
  const keysAct = () => localStorage.getItem("keys") !== "off";

  // ---- the next message, fetched while this one is read; another one where somebody else looks at it already

  const STALE_MS = 60_000;
  const ahead = new Map();
  let shown = "";

  function fetchAhead(url) {
    if (!url || ahead.has(url)) return;
    const entry = { html: null, at: performance.now() };
    entry.loaded = fetch(url, { headers: { "HX-Request": "true", "X-Ahead-Of": pane()?.dataset.message ?? "" } })
      .then(async (answer) => {
        entry.html = answer.ok ? await answer.text() : null;
        const other = answer.headers.get("X-Next");
        if (other && pane()?.dataset.following === url) {
          pane().dataset.following = other;
          fetchAhead(other);
        }
      })
      .catch(() => {});
    ahead.set(url, entry);
  }

  const isReady = (url) => Boolean(url) && Boolean(ahead.get(url)?.html) && performance.now() - ahead.get(url).at < STALE_MS;

  async function open(url, { push = false } = {}) {
    if (!isReady(url)) await ahead.get(url)?.loaded;
    const html = isReady(url) ? ahead.get(url).html : null;
    ahead.delete(url);
    if (html === null) {
      await htmx.ajax("GET", url, { target: "#message", swap: "innerHTML" });
      return;
    }
    shown = url;
    htmx.swap("#message", html, { swapStyle: "innerHTML" });
    history[push ? "pushState" : "replaceState"]({ htmx: true }, "", url);
    opened();
  }

  function opened() {
    const main = find("#main.queue");
    const current = pane();
    if (!main) return;
    for (const row of all("#rows .row[aria-current]")) row.removeAttribute("aria-current");
    if (current) {
      const row = find(`#rows .row[data-message="${current.dataset.message}"]`);
      row?.setAttribute("aria-current", "true");
      row?.scrollIntoView({ block: "nearest" });
      fetchAhead(current.dataset.following);
    }
    dress();
    const heading = find("#message [data-focus]");
    if (heading && !find("dialog[open]")) heading.focus({ preventScroll: true });
    find("#message").scrollTop = 0;
    if (main.dataset.open === "message") window.scrollTo(0, 0);
  }

  // ---- moving through the list

  function step(by) {
    const rows = all("#rows .row");
    const at = rows.findIndex((row) => row.dataset.message === pane()?.dataset.message);
    const row = rows[at < 0 ? 0 : at + by];
    if (!row) {
      if (by > 0) find("#rows .next")?.scrollIntoView();
      return;
    }
    show("message");
    open(row.getAttribute("href"));
  }

  function show(part) {
    const main = find("#main.queue");
    if (main) main.dataset.open = part;
  }

  // ---- keys

  const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
  let deciding = false;

  function decide(now) {
    deciding = now;
    document.body.classList.toggle("busy", now);
  }

  function press(key) {
    if (deciding) return;
    // What was typed must not be lost to a key that opens another message.
    if (find("[data-editor]") && key !== "?") return;
    // An audit has one order of reading, and no list beside it: its keys are the buttons of the page.
    if (find("#main.audit") && key !== "?") find(`#message [data-key="${CSS.escape(key)}"]`)?.click();
    else if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
    else if (key === "/") { show("list"); find("#search")?.focus(); }
    else if (key === "?") find("#help")?.showModal();
    else if (key === "u") undo();
    else find(`#message [data-key="${CSS.escape(key)}"]`)?.click();
  }

  function undo() {
    const query = find("#main.queue")?.dataset.query ?? "";
    htmx.ajax("POST", `/undo${query}`, { target: "#message", swap: "innerHTML", source: document.body });
  }

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form?.matches("[data-editor]")) {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    if (event.key === "Escape" && !find("dialog[open]")) {
      const cancel = event.target.closest?.("[data-editor]") && find("[data-editor] [data-cancel]");
      if (cancel) cancel.click();
      else if (typing(event.target)) event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key === "a") return;
    if (typing(event.target) || find("dialog[open]") || !keysAct() || !find("#main.queue, #main.audit")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : "";
    if (!/^[jkaersu/?1-9]$/.test(key)) return;
    event.preventDefault();
    press(key);
  });

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const pressed = on("[data-press]");
    if (pressed) press(pressed.dataset.press);
    const dialog = on("[data-dialog]");
    if (dialog) find(`#dialog-${dialog.dataset.dialog}`)?.showModal();
    if (on("[data-close]")) on("dialog").close();
    const reason = on("[data-fill]");
    if (reason) {
      const field = document.getElementById(reason.dataset.fill);
      field.value = reason.textContent.trim();
      field.focus();
    }
    const view = on("[data-view]");
    if (view) {
      localStorage.setItem("view", view.dataset.view);
      dress();
    }
    const back = on("[data-back]");
    if (back && find("#rows")) {
      event.preventDefault();
      show("list");
      history.pushState({ htmx: true }, "", back.getAttribute("href"));
      find("#rows .row[aria-current]")?.focus();
    }
    if (on("#rows .row, .siblings a")) show("message");
    const menu = find(".menu[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "keys-on") localStorage.setItem("keys", event.target.checked ? "on" : "off");
  });

  // ---- a sentence and the fact that it stands on

  function light(event) {
    const marked = event.target.closest?.("[data-fact]");
    for (const lit of all("#message .lit")) lit.classList.remove("lit");
    if (!marked) return;
    for (const part of all(`#message [data-fact="${CSS.escape(marked.dataset.fact)}"]`)) part.classList.add("lit");
  }
  document.addEventListener("mouseover", light);
  document.addEventListener("focusin", light);

  // ---- the preview: as wide as a desktop, or as a phone

  const fit = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      target.style.setProperty("--scale", Math.min(1, contentRect.width / 640));
    }
  });

  function dress() {
    const view = localStorage.getItem("view") ?? (window.innerWidth < 560 ? "phone" : "desktop");
    fit.disconnect();
    for (const frame of all(".frame")) {
      frame.dataset.shown = view;
      fit.observe(frame);
    }
    for (const button of all("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
    const keys = find("#keys-on");
    if (keys) keys.checked = keysAct();
  }

  // ---- editing starts where there is something to write

  function write() {
    const field = find("#texts [autofocus]") ?? find("#texts textarea");
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }

  // ---- what htmx brings

  // The next message is shown at once; until the answer is there nothing can be decided on it, and an answer that says
  // no brings the message back with the reason.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    // A key pressed twice must not send a reading twice.
    if (form.matches("[data-reading]")) return deciding ? event.preventDefault() : decide(true);
    if (!form.matches("[data-decision]")) return;
    event.preventDefault();
    if (deciding) return;
    decide(true);
    shown = "";
    const following = pane()?.dataset.following;
    // Sent from what stays on the page: the form goes away with its message.
    const values = Object.fromEntries(new FormData(form));
    htmx.ajax("POST", form.getAttribute("action"), { source: "#message", target: "#message", swap: "innerHTML", values });
    if (isReady(following)) open(following);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!/\/decisions(\?|$)/.test(event.detail.requestConfig.path)) return;
    decide(false);
    const following = event.detail.xhr.getResponseHeader("X-Next");
    if (following && following !== shown) open(following);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "message") opened();
    else if (event.target.id === "main") { dress(); fetchAhead(pane()?.dataset.following); }
    else if (event.target.id === "texts") write();
    else if (event.target.id === "preview") dress();
    if (event.target.id === "toast") fade();
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.target.id === "toast") fade();
  });
  document.addEventListener("htmx:sendError", () => {
    decide(false);
    const toast = find("#toast");
    toast.innerHTML = '<div class="toast error"><p></p></div>';
    find("p", toast).textContent = document.body.dataset.offline;
  });

  let fading;
  function fade() {
    clearTimeout(fading);
    fading = setTimeout(() => find("#toast").replaceChildren(), 12_000);
  }

  dress();
  fetchAhead(pane()?.dataset.following);
})();
