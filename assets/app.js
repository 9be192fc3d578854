// What a browser does without asking the hub: clocks, copying, keys, marking what changed.
(() => {
  "use strict";
  const HOUR = 3600, DAY = 86400;
  const WORDS = {
    zh: { late: "超时", s: "秒", m: "分", h: "小时", d: "天", now: "刚刚", ago: "前" },
    en: { late: "late", s: "s", m: "m", h: "h", d: "d", now: "now", ago: " ago" },
  };
  const language = () => (document.querySelector(".app")?.lang === "en" ? "en" : "zh");
  const exact = new Intl.DateTimeFormat("zh-CN", {
    timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
  });
  const day = (seconds) => {
    const parts = Object.fromEntries(exact.formatToParts(seconds * 1000).map((part) => [part.type, part.value]));
    return `${parts.month}-${parts.day} ${parts.hour}:${parts.minute}`;
  };
  const clock = (seconds) => {
    const minutes = Math.floor(seconds / 60);
    return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
  };
  const span = (seconds, words) => {
    if (seconds < 60) return `${Math.max(0, Math.floor(seconds))}${words.s}`;
    if (seconds < HOUR) return `${Math.floor(seconds / 60)}${words.m}`;
    if (seconds < DAY) return `${Math.floor(seconds / HOUR)}${words.h}`;
    return `${Math.floor(seconds / DAY)}${words.d}`;
  };
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "ic s");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `/icons.svg#${name}`);
    svg.append(use);
    return svg;
  };

  // React leaves the inside of an element alone that it renders empty; these clocks live there.
  function writeDue(element, now, words) {
    const left = Number(element.dataset.due) - now;
    const late = left < 0, soon = !late && left < 2 * HOUR;
    const state = late ? "late" : soon ? "soon" : "far";
    const text = late
      ? -left < DAY * 2 ? `${words.late} ${clock(-left)}` : `${words.late} ${span(-left, words)}`
      : left < DAY ? clock(left) : day(Number(element.dataset.due));
    if (element.dataset.state === state && element.lastChild?.nodeValue === text) return;
    element.dataset.state = state;
    element.replaceChildren(...(late ? [icon("triangle-alert")] : soon ? [icon("clock")] : []), text);
  }
  function writeAge(element, now, words) {
    const age = now - Number(element.dataset.ago);
    const text = age < 5 && element.dataset.now !== undefined ? words.now : span(age, words) + (element.dataset.now !== undefined ? "" : words.ago);
    if (element.textContent !== text) element.textContent = text;
  }
  function tick() {
    const now = Date.now() / 1000, words = WORDS[language()];
    for (const element of document.querySelectorAll("[data-due]")) {
      if (element.dataset.due) writeDue(element, now, words);
    }
    for (const element of document.querySelectorAll("[data-ago]")) {
      if (element.dataset.ago) writeAge(element, now, words);
    }
  }

  // A row that changed is tinted for a while. No fade: one would paint the table sixty times a second.
  const FRESH_MS = 2000;
  const seen = new Map();
  const tint = (row) => { row.dataset.fresh = String(Date.now()); };
  function untint() {
    for (const row of document.querySelectorAll("tr[data-fresh]")) {
      if (Date.now() - Number(row.dataset.fresh) > FRESH_MS) delete row.dataset.fresh;
    }
  }
  function noticeRows() {
    const rows = document.querySelectorAll("tr[data-rev]");
    const list = document.querySelector("[data-list]")?.dataset.list || "";
    const first = seen.list !== list || seen.size === 0;
    seen.list = list;
    const current = new Map();
    for (const row of rows) {
      const id = row.dataset.id, rev = row.dataset.rev;
      if (!first && seen.get(id) !== rev) tint(row);
      current.set(id, rev);
    }
    seen.clear();
    for (const [id, rev] of current) seen.set(id, rev);
    if (rows.length && cursor && !document.querySelector("tr[data-cur]")) mark(cursor);
  }
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; noticeRows(); tick(); holdScanner(); hearAnswer(); askProof(); });
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-rev", "data-due", "data-ago", "data-turn", "lang"] });
  setInterval(() => { tick(); untint(); }, 1000);

  // While the pointer is over the list rows keep their places; the order settles when it leaves.
  let hovered = false, places = [];
  window.orderhub = {
    settled(rows) {
      if (!Array.isArray(rows)) return rows;
      if (hovered && places.length) {
        const rank = new Map(places.map((id, index) => [id, index]));
        const known = rows.filter((row) => rank.has(row.id));
        if (known.length * 2 > rows.length) {
          const fresh = rows.filter((row) => !rank.has(row.id));
          known.sort((one, other) => rank.get(one.id) - rank.get(other.id));
          rows = [...known, ...fresh];
        }
      }
      places = rows.map((row) => row.id);
      return rows;
    },
  };
  document.addEventListener("mouseover", (event) => {
    hovered = Boolean(event.target.closest?.("tr.order"));
  });

  // The rail stays as wide as it was left.
  const rail = (slim) => document.documentElement.toggleAttribute("data-slim", slim);
  rail(localStorage.getItem("oh_slim") === "1");
  function fold() {
    const slim = rail(!document.documentElement.hasAttribute("data-slim"));
    localStorage.setItem("oh_slim", slim ? "1" : "0");
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.setAttribute("readonly", "");
      area.style.cssText = "position:fixed;opacity:0";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (button) {
      button.dataset.copied = (await copy(button.dataset.copy)) ? "yes" : "no";
      setTimeout(() => delete button.dataset.copied, 1500);
    }
    for (const open of document.querySelectorAll("details.pop[open]")) {
      if (!open.contains(event.target) || event.target.closest("a,[data-close]")) open.open = false;
    }
    if (event.target.closest?.("[data-help]")) help();
    if (event.target.closest?.("[data-fold]")) fold();
    if (event.target.matches?.("dialog:not(#proof)")) event.target.close();
  });

  // Keys press the buttons that stand on the page; what they do stays in one place.
  let cursor = "";
  const rows = () => [...document.querySelectorAll("tr.order")];
  const rowAt = () => rows().find((row) => row.dataset.id === cursor) || document.querySelector("tr.order.cur");
  function mark(id) {
    cursor = id;
    for (const row of rows()) row.toggleAttribute("data-cur", row.dataset.id === id);
  }
  function move(step) {
    const all = rows();
    if (!all.length) return;
    const now = all.indexOf(rowAt());
    const next = all[Math.min(all.length - 1, Math.max(0, now < 0 ? 0 : now + step))];
    mark(next.dataset.id);
    next.scrollIntoView({ block: "nearest" });
    if (document.querySelector(".drawer")) next.querySelector("a.no").click();
  }
  const press = (selector) => document.querySelector(selector)?.click();
  const help = () => document.querySelector("dialog#keys")?.showModal();
  const KEYS = {
    j: () => move(1), k: () => move(-1),
    x: () => rowAt()?.querySelector("input[type=checkbox]").click(),
    Enter: () => rowAt()?.querySelector("a.no").click(),
    e: () => press("[data-key=e]"),
    a: () => rowAt()?.querySelector("[data-row-key=a]")?.click(),
    r: () => (rowAt()?.querySelector("[data-row-key=r]") || document.querySelector("[data-key=r]"))?.click(),
    "/": () => document.querySelector(".search input")?.focus(),
    "?": help,
  };
  // A file dropped on its form, or chosen there, is sent at once; one that is too large stays here.
  const dropForm = (event) => event.target.closest?.("[data-drop]");
  const carries = (event) => event.dataTransfer?.types?.includes("Files");
  document.addEventListener("dragover", (event) => {
    const form = dropForm(event);
    if (carries(event)) event.preventDefault();
    document.querySelector("[data-drop]")?.toggleAttribute("data-over", Boolean(form));
  });
  document.addEventListener("dragleave", (event) => dropForm(event)?.removeAttribute("data-over"));
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    const form = dropForm(event);
    form?.removeAttribute("data-over");
    if (!form || event.dataTransfer.files.length !== 1) return;
    const field = form.querySelector("input[type=file]");
    field.files = event.dataTransfer.files;
    send(form, field);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-drop] input[type=file]")) send(dropForm(event), event.target);
  });
  function send(form, field) {
    const file = field.files[0];
    const most = Number(field.dataset.most);
    const megabytes = Math.round(most / 1e6);
    const isEnglish = document.documentElement.querySelector(".app")?.lang === "en";
    const large = isEnglish ? `Too large: at most ${megabytes} MB` : `文件过大，最大 ${megabytes} MB`;
    field.setCustomValidity(file && file.size > most ? large : "");
    if (field.reportValidity()) form.requestSubmit();
  }
  // A fresh second factor goes to the server by a form, never through an event; then what waited is repeated.
  function askProof() {
    const dialog = document.querySelector("dialog#proof");
    if (dialog && !dialog.open) dialog.showModal();
  }
  document.addEventListener("cancel", (event) => {
    if (!event.target.matches?.("dialog#proof")) return;
    event.preventDefault();
    press("[data-unproved]");
  }, true);
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches?.("[data-prove]")) return;
    event.preventDefault();
    const button = form.querySelector("[type=submit]"), problem = form.querySelector("[data-problem]");
    button.disabled = true;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch("/prove", { method: "POST", body, headers: { accept: "application/json" }, redirect: "manual" });
      if (answer.ok) return press("[data-proved]");
      if (answer.type === "opaqueredirect") return location.reload();
      problem.textContent = (await answer.json()).said;
      form.reset();
      form.querySelector("input").focus();
    } catch {
      problem.textContent = language() === "en" ? "The hub does not answer. Try again." : "服务没有回应，请再试。";
    } finally {
      button.disabled = false;
    }
  });
  // A scanner types wherever the focus is: on a packing table that is its field, unless somebody writes elsewhere.
  const typesIn = (element) => element?.matches?.("input:not([type=checkbox]),textarea,select");
  function holdScanner() {
    const field = document.querySelector("[data-scan]");
    if (!field || typesIn(document.activeElement) || document.querySelector("dialog[open],details.pop[open]")) return;
    if (matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true });
  }
  document.addEventListener("focusout", () => setTimeout(holdScanner, 200));
  document.addEventListener("keydown", (event) => {
    const field = document.querySelector("[data-scan]");
    const isText = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!field || !isText || typesIn(event.target) || document.querySelector("dialog[open]")) return;
    field.focus();
    event.stopImmediatePropagation();
  }, true);
  // Its answer can be heard: high is right, low is wrong.
  let answered = "", speaker = null;
  const hears = () => localStorage.getItem("oh_sound") === "1";
  function hearAnswer() {
    const answer = document.querySelector("[data-answer]");
    for (const button of document.querySelectorAll("[data-sound]")) button.toggleAttribute("data-on", hears());
    const turn = answer ? `${answer.dataset.answer} ${answer.dataset.turn}` : "";
    if (turn === answered) return;
    answered = turn;
    if (turn && hears()) beep(answer.dataset.answer);
  }
  function beep(kind) {
    speaker ??= new AudioContext();
    const tone = speaker.createOscillator(), volume = speaker.createGain();
    const [pitch, seconds] = { good: [1320, 0.08], done: [1760, 0.2], bad: [220, 0.4] }[kind] ?? [880, 0.1];
    tone.frequency.value = pitch;
    volume.gain.value = 0.2;
    tone.connect(volume).connect(speaker.destination);
    tone.start();
    tone.stop(speaker.currentTime + seconds);
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-sound]")) return;
    localStorage.setItem("oh_sound", hears() ? "0" : "1");
    hearAnswer();
    if (hears()) beep("good");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const popped = document.querySelector("details.pop[open]");
      if (popped) { popped.open = false; popped.querySelector("summary").focus(); return; }
      if (document.querySelector("dialog[open]")) return;
      if (event.target.matches("input,textarea,select")) { press("[data-clear]"); event.target.blur(); return; }
      press("[data-key=esc]");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.matches("textarea,select,input:not([type=checkbox])")) return;
    if (event.key === "Enter" && event.target.closest("a,button,summary,input")) return;
    const action = KEYS[event.key];
    if (action && !document.querySelector("dialog[open]")) { event.preventDefault(); action(); }
  });
})();
